"""Where a run may be killed: moments of every phase, each a function of production code that is entered or left."""

from __future__ import annotations

from dataclasses import dataclass

BEFORE, AFTER, TORN = "before", "after", "torn"
"""When: as the function is entered, once it has returned, or (of a write) with half of the bytes written."""

CRAWL, DUE, SNAPSHOTS = "crawl", "due", "snapshots"
CRAWLS = (CRAWL, DUE)
ALL = (CRAWL, DUE, SNAPSHOTS)


@dataclass(frozen=True)
class Point:
    """A function (``module:name``), when it is met, how many calls a run makes at most, and in which command."""

    phase: str
    target: str
    whens: tuple[str, ...] = (BEFORE, AFTER)
    calls: int = 1
    commands: tuple[str, ...] = CRAWLS


POINTS = (
    Point("start", "citekeep.database:_bring_up_to_date"),
    Point("start", "citekeep.crawls:start"),
    Point("start", "citekeep.run_lock:end_dead_runs"),
    Point("start", "citekeep.warc.writer:repair"),
    Point("start", "citekeep.frontier:ask_articles", commands=(CRAWL,)),
    Point("sources", "citekeep.sources.asked:sync", commands=(DUE,)),
    Point("sources", "spiders.all_due:articles_first", commands=(DUE,)),
    Point("list request", "citekeep.record:record_listing", calls=30, commands=(DUE,)),
    Point("list request", "citekeep.sources.record:add_article", calls=12, commands=(DUE,)),
    Point("robots", "downloadermiddlewares.robots:RobotsMiddleware._read", calls=6),
    Point("probes", "spiders.probing:Probing.probe", calls=3),
    Point("fetch", "citekeep.claims:claim", calls=4),
    Point("fetch", "downloadhandlers.observe:ObservingDownloadHandler.download_request", calls=5),
    Point("fetch", "citekeep.claims:release", calls=3),
    Point("extract", "citekeep.workers:Workers.read", calls=3),
    Point("extract", "pipelines.judge_link:JudgeLinkPipeline.judgement_of", calls=4),
    Point("WARC write", "citekeep.warc.files:OpenFile.flush", whens=(BEFORE, TORN, AFTER), calls=5),
    Point("WARC write", "citekeep.warc.files:OpenFile.close", calls=3),
    Point("WARC write", "citekeep.warc.files:write_index", calls=3),
    Point("WARC write", "extensions.write_warc:note_opened", calls=2),
    Point("WARC write", "extensions.write_warc:note_closed", calls=2),
    Point("DB commit", "citekeep.frontier:record", calls=4),
    Point("DB commit", "citekeep.record:record_article", calls=4),
    Point("DB commit", "citekeep.database:answer", calls=4),
    Point("ledger: look up", "citekeep.wayback.finder:Finder.ask", calls=3, commands=ALL),
    Point("ledger: submit", "citekeep.wayback.submitter:Submitter.submit", calls=4, commands=ALL),
    Point("ledger: submit", "citekeep.wayback.spn:SavePageNow.submit", calls=4, commands=ALL),
    Point("ledger: poll", "citekeep.wayback.spn:SavePageNow.statuses", calls=3, commands=ALL),
    Point("ledger: commit", "citekeep.wayback.ledger:move", calls=5, commands=ALL),
    Point("ledger: verify", "citekeep.wayback.verify:Verifier.verify", calls=5, commands=ALL),
    Point("ledger: shutdown", "citekeep.wayback.ledger:give_lease", commands=ALL),
    Point("ledger: shutdown", "citekeep.database:Writer.close", commands=(SNAPSHOTS,)),
    Point("shutdown", "extensions.record_crawl:RecordCrawl.spider_closed"),
    Point("shutdown", "extensions.record_crawl:RecordCrawl.archive_closes"),
    Point("shutdown", "extensions.open_archive:Archive.close"),
    Point("shutdown", "citekeep.warc.writer:WarcWriter.close"),
    Point("shutdown", "citekeep.database:Writer.close"),
    Point("shutdown", "citekeep.run_lock:let_go"),
)
