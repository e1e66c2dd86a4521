"""Plain Scrapy with trafilatura in its callback, for comparison."""

from __future__ import annotations

import sys

import scrapy
import trafilatura
from scrapy.crawler import AsyncCrawlerProcess


class PlainSpider(scrapy.Spider):
    """Extracts in the event loop."""

    name = "plain"

    def __init__(self, pages: int, port: int) -> None:
        super().__init__()
        self.start_urls = [f"http://127.0.0.1:{port}/{i}" for i in range(pages)]

    def parse(self, response: scrapy.http.Response) -> dict:
        """Return the text."""
        document = trafilatura.bare_extraction(response.body, url=response.url, with_metadata=True)
        return {"url": response.url, "text": document.text if document else None}


if __name__ == "__main__":
    process = AsyncCrawlerProcess(
        {
            "LOG_LEVEL": "ERROR",
            "TELNETCONSOLE_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
            "DOWNLOAD_DELAY": 0,
        }
    )
    process.crawl(PlainSpider, pages=int(sys.argv[1]), port=int(sys.argv[2]))
    process.start()
