"""Plain Scrapy that asks for pages on many hosts, and keeps nothing: ``python -m benchmarks.plain_links LINKS HOSTS PORT``.

It obeys robots.txt and asks each host one request at a time, as Citekeep does. Hosts are addresses of the loopback.
"""

from __future__ import annotations

import sys

import scrapy
from scrapy.crawler import AsyncCrawlerProcess


class PlainLinksSpider(scrapy.Spider):
    """Asks, and looks at the status."""

    name = "plain_links"

    def __init__(self, links: int, hosts: int, port: int) -> None:
        super().__init__()
        addresses = [f"127.0.{1 + n // 250}.{1 + n % 250}" for n in range(hosts)]
        self.start_urls = [f"http://{addresses[n % hosts]}:{port}/{n}" for n in range(links)]

    def parse(self, response: scrapy.http.Response) -> dict:
        """Return what a checker of status codes keeps."""
        return {"url": response.url, "status": response.status}


if __name__ == "__main__":
    process = AsyncCrawlerProcess(
        {
            "LOG_LEVEL": "ERROR",
            "TELNETCONSOLE_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,
            "ROBOTSTXT_OBEY": True,
            "CONCURRENT_REQUESTS": 64,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
            "DOWNLOAD_DELAY": 0,
        }
    )
    process.crawl(PlainLinksSpider, links=int(sys.argv[1]), hosts=int(sys.argv[2]), port=int(sys.argv[3]))
    process.start()
