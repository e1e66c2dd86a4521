"""The targets: ``check(data)`` returns nothing for any bytes; whatever it raises is a fault of Citekeep's."""

from __future__ import annotations

from collections.abc import Callable

from fuzz.targets import documents, lines, network, pages, urls, warcs, wayback

TARGETS: dict[str, Callable[[bytes], None]] = {
    "url": urls.url,
    "sort_key": urls.sort_key_of,
    "host": urls.host,
    "redirect": urls.redirect,
    "typed": urls.typed,
    "list": lines.asked_list,
    "keys": lines.keys,
    "date": lines.date,
    "words": lines.words,
    "charset": pages.charset,
    "page": pages.page,
    "citations_html": pages.citations_html,
    "citations_text": pages.citations_text,
    "published": pages.published_on,
    "pdf": documents.pdf,
    "docx": documents.docx,
    "epub": documents.epub,
    "markdown": documents.markdown,
    "judge": pages.judged,
    "cdx": wayback.cdx,
    "spn": wayback.save_page_now,
    "links": wayback.links,
    "memento": wayback.memento_answer,
    "replay": wayback.replayed,
    "retry_after": wayback.retry,
    "http_message": network.http_message,
    "robots": network.robots,
    "dns": network.dns_answer,
    "cookies": network.cookies,
    "codings": network.codings,
    "certificate": network.certificate,
    "warc": warcs.warc,
    "warc_repair": warcs.warc_repair,
    "warc_write": warcs.warc_write,
    "warc_scan": warcs.warc_scan,
    "wacz": warcs.wacz,
}
"""By name, which is also the name of its folder in fuzz/corpus/. The first sentence of its docstring says what it holds."""
