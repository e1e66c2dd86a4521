"""Helps tests to fill an archive the way a crawl does: through the frontier, Result after Result."""

import hashlib

from citekeep import clock, crawls
from citekeep.frontier import RECORDED, LocalFrontier
from citekeep.inputs import AskedArticle
from citekeep.items import Citation, Extraction, Judgement, Result, WarcRef, Wish
from citekeep.verdicts.table import BY_NAME


def sha256(text):
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def begin(writer, spider="article", arguments=None, run="run-1", **terms):
    """Start a run and return (crawl, its frontier)."""
    crawl = writer.run_sync(
        lambda c: crawls.start(c, run=run, spider=spider, arguments=arguments or {}, versions={"citekeep": "0"})
    )
    return crawl, LocalFrontier(writer, holder=run, crawl_id=crawl.crawl_id, **terms)


def citation(url, sentence="It says so.", anchor="says so", position=0, kind="anchor"):
    return Citation(
        url_as_written=url,
        anchor_text=anchor,
        sentence=sentence,
        before="It ",
        after=".",
        paragraph=0,
        position=position,
        kind=kind,
        fingerprint=sha256(f"{url}|{anchor}|{sentence}"),
    )


def extraction(text="A text about emigration.", cites=(), title="A title", **more):
    return Extraction(
        outcome="ok",
        extractor="test",
        extractor_version="1",
        text=text,
        title=title,
        language="en",
        word_count=len(text.split()),
        citations=[citation(cited, position=n) if isinstance(cited, str) else cited for n, cited in enumerate(cites)],
        **more,
    )


def result(lease, link, frontier, *, verdict="alive", standing="alive", extracted=None, wish=None, body=None, **check):
    """Return the Result of a check of a leased link."""
    status = check.pop("status", 200)
    body_sha256 = sha256(body or f"body of {link.url}") if status and link.local_body is None else None
    at = check.pop("checked_at", None) or clock.now()
    capture = {
        "purpose": "page",
        "hop": 0,
        "url": link.request_url,
        "method": "GET",
        "started_at": at,
        "status": status,
        "body_sha256": body_sha256,
        "body_length": 10 if body_sha256 else None,
        "warc": WarcRef(name="citekeep-1.warc.gz", offset=link.link_id * 100, length=50) if body_sha256 else None,
    }
    return Result(
        link_id=link.link_id,
        site_id=lease.site_id,
        epoch=lease.epoch,
        turn=link.turn,
        crawl_id=frontier.crawl_id,
        check={
            "checked_at": at,
            "requested_url": link.request_url,
            "final_url": link.request_url,
            "status": status,
            "body_sha256": body_sha256,
            "bytes": 10,
            **check,
        },
        captures=check.pop("captures", None) or [capture],
        judgement=Judgement(
            rules_version=1,
            verdict=verdict,
            group=BY_NAME[verdict].group,
            flags=["moved"],
            evidence={"rule": verdict},
            standing=standing,
            strikes=3 if standing == "dead" else 0,
            next_check_at=clock.after(30 * 86_400),
        ),
        extraction=extracted,
        wishes=[Wish(service="wayback", mode=wish, why="checked")] if wish else [],
    )


async def archive(frontier, url, *, cites=(), outcomes=None, source="url", public=True, **more):
    """Archive an article and all it cites; outcomes: {URL: keyword arguments of ``result``}. Return how many checks."""
    await frontier.add_articles([AskedArticle(url=url, source=source)], public=public)
    checks = 0
    while leases := await frontier.claim(10):
        for lease in leases:
            for link in lease.links:
                told = dict((outcomes or {}).get(link.url, {}))
                if link.is_article:
                    told.setdefault("extracted", extraction(cites=cites, **more))
                (outcome,) = await frontier.record([result(lease, link, frontier, **told)])
                assert outcome == RECORDED
                checks += 1
            await frontier.release(lease)
    return checks
