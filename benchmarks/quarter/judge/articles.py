"""Every article that was published recorded once, with every version that was seen, and each citation once."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

from benchmarks.quarter import show
from benchmarks.quarter.judge.finding import Finding
from benchmarks.quarter.judge.known import Known, told
from benchmarks.quarter.serve import Asked
from benchmarks.quarter.world import DAY, Page, Site

GZIP = b"\x1f\x8b"
LONG = 2 * DAY  # that an article has to be listed and within reach, to be recorded for certain


def listed(known: Known, asked: Asked) -> Iterator[str]:
    """Yield the URLs of the articles that an answer listed."""
    found = known.world.find(urlsplit(asked.url).hostname or "")
    if found is None or asked.status != 200 or not show.is_list(asked.path) or not asked.body:
        return
    site = found[0]
    base = asked.url.removesuffix(asked.path)
    body = gzip.decompress(asked.body) if asked.body.startswith(GZIP) else asked.body  # not what a usurper shows there
    for page in site.articles(asked.at):
        if page.path.encode() in body:
            yield f"{base}{page.path}"


def found_once(known: Known) -> Finding:
    """Every article that was listed to a run that came to its end is one row of articles; none is there that never was."""
    finding = Finding("articles that were listed are recorded, each once")
    rows = Counter(url for (url,) in known.ask("SELECT l.url FROM articles AS a JOIN links AS l ON l.id = a.link_id"))
    certain, possible = set(), set()
    for asked in known.log:
        urls = set(listed(known, asked))
        possible |= urls
        certain |= urls if known.certain(asked) else set()
    for url in sorted(certain | set(rows)):
        finding.check(rows[url] == 1, f"{url}: {rows[url]} rows of articles")
        finding.check(url in possible, f"{url}: recorded, though it was never listed")
    moved = sum(str(urlsplit(url).hostname).removeprefix("www.") in known.world.moved for url in rows)
    finding.told = {
        "articles": len(rows),
        "listed by a killed run alone": len(possible - certain),
        "at a new domain": moved,
    }
    return finding


def published(known: Known) -> Finding:
    """Every article that was within reach for long enough was seen by us, and has a text."""
    finding = Finding("articles that were published and within reach are recorded with a text")
    texts = {url for (url,) in known.ask(
        "SELECT DISTINCT l.url FROM articles AS a JOIN links AS l ON l.id = a.link_id JOIN checks AS c ON c.link_id = l.id"
        " JOIN documents AS d ON d.id = c.document_id WHERE d.outcome = 'ok' AND d.text_id IS NOT NULL")}  # fmt: skip
    for site in known.world.outlets.values():
        for page in site.articles(known.world.ends):
            begins = max(page.born, known.world.begins + LONG)
            if begins + LONG > known.world.ends or not _in_reach(known, site, page, begins):
                continue
            finding.check(
                any(url in texts for url in known.addresses(site, page)),
                f"{site.url(page.path)}: published {told(page.born)}, not recorded with a text",
            )
    return finding


def _in_reach(known: Known, site: Site, page: Page, begins: float) -> bool:
    """Return whether nothing befell a site for long enough, from a time on; moving aside."""
    return all(
        (fate := site.fate(begins + part * LONG / 8, page)) is None or fate.name in {"silent", "moved"}
        for part in range(9)
    )


def versions(known: Known) -> Finding:
    """Each version that a run saw to its end is a document of its own; nothing was lost, nothing recorded twice."""
    finding = Finding("versions that were seen are recorded, each look once")
    seen = edited = 0
    for site in known.world.outlets.values():
        for page in site.articles(known.world.ends):
            every = known.versions(site, page)
            asked = [one for url in known.addresses(site, page) for one in known.served[url]
                     if one.status == 200 and one.digest in every]  # fmt: skip
            certain = [one for one in asked if known.certain(one)]
            kept = [check.digest for url in known.addresses(site, page) for check in known.checks[url]
                    if check.digest in every]  # fmt: skip
            seen += len(set(kept))
            edited += len(set(kept)) > 1
            url = site.url(page.path)
            lost, never = {one.digest for one in certain} - set(kept), set(kept) - {one.digest for one in asked}
            finding.check(not lost, f"{url}: {len(lost)} versions that were seen are lost")
            finding.check(not never, f"{url}: {len(never)} versions recorded that were not seen")
            finding.check(
                len(certain) <= len(kept) <= len(asked),
                f"{url}: {len(kept)} looks recorded of {len(asked)}, {len(certain)} of which were of runs that ended",
            )
    finding.told = {"versions recorded": seen, "articles with several": edited}
    return finding


def citations(known: Known) -> Finding:
    """Each article cites what the versions of it that are recorded cite, each link once."""
    finding = Finding("citations are recorded, each once")
    rows: dict[str, Counter[str]] = {}
    for article, cited in known.ask(
        "SELECT a.url, l.url FROM citations AS c JOIN articles AS r ON r.id = c.article_id"
        " JOIN links AS a ON a.id = r.link_id JOIN links AS l ON l.id = c.link_id"
    ):
        rows.setdefault(article, Counter())[cited] += 1
    articles = {url for (url,) in known.ask("SELECT l.url FROM articles AS a JOIN links AS l ON l.id = a.link_id")}
    for site in known.world.outlets.values():
        for page in site.articles(known.world.ends):
            every = known.versions(site, page)
            for url in articles & set(known.addresses(site, page)):
                kept = {check.digest for check in known.checks[url]} & set(every)
                wanted = {cited for digest in kept if digest for cited in every[digest].cites}
                found = rows.get(url, Counter())
                finding.check(set(found) == wanted, f"{url}: cites {sorted(wanted)}, recorded are {sorted(found)}")
                twice = [cited for cited, times in found.items() if times > 1]
                finding.check(not twice, f"{url}: recorded more than once: {twice}")
    finding.told = {"citations": sum(found.total() for found in rows.values())}
    return finding
