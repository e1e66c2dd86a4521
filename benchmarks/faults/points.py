"""Where a run may be killed: moments of every phase, each a function of production code that is entered or left."""

from __future__ import annotations

from dataclasses import dataclass

BEFORE, AFTER, TORN = "before", "after", "torn"
"""When: as the function is entered, once it has returned, or (of a write) with half of the bytes written."""

CRAWL, SNAPSHOTS = "crawl", "snapshots"
BOTH = (CRAWL, SNAPSHOTS)


@dataclass(frozen=True)
class Point:
    """A function (``module:name``), when it is met, how many calls a run makes at most, and in which command."""

    phase: str
    target: str
    whens: tuple[str, ...] = (BEFORE, AFTER)
    calls: int = 1
    commands: tuple[str, ...] = (CRAWL,)


POINTS = (
    Point("start", "citekeep.database:_bring_up_to_date"),
    Point("start", "citekeep.crawls:start"),
    Point("start", "citekeep.run_lock:end_dead_runs"),
    Point("start", "citekeep.warc.writer:repair"),
    Point("start", "citekeep.frontier:ask_articles"),
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
    Point("DB commit", "citekeep.database:Writer._commit", calls=4),
    Point("ledger: look up", "citekeep.wayback.finder:Finder.ask", calls=3, commands=BOTH),
    Point("ledger: submit", "citekeep.wayback.submitter:Submitter.submit", calls=4, commands=BOTH),
    Point("ledger: submit", "citekeep.wayback.spn:SavePageNow.submit", calls=4, commands=BOTH),
    Point("ledger: poll", "citekeep.wayback.spn:SavePageNow.statuses", calls=3, commands=BOTH),
    Point("ledger: commit", "citekeep.wayback.ledger:move", calls=5, commands=BOTH),
    Point("ledger: verify", "citekeep.wayback.verify:Verifier.verify", calls=5, commands=BOTH),
    Point("ledger: shutdown", "citekeep.wayback.ledger:give_lease", commands=BOTH),
    Point("ledger: shutdown", "citekeep.database:Writer.close", commands=(SNAPSHOTS,)),
    Point("shutdown", "extensions.record_crawl:RecordCrawl.spider_closed"),
    Point("shutdown", "extensions.record_crawl:RecordCrawl.archive_closes"),
    Point("shutdown", "extensions.open_archive:Archive.close"),
    Point("shutdown", "citekeep.warc.writer:WarcWriter.close"),
    Point("shutdown", "citekeep.database:Writer.close"),
    Point("shutdown", "citekeep.run_lock:let_go"),
)
