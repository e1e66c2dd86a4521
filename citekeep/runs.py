"""A run begun: those that were killed are ended first, and it becomes a row of ``crawls``."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from citekeep import __version__, crawls, run_lock
from citekeep.database import Writer
from citekeep.health import summaries

HEARTBEAT = crawls.DEAD_AFTER / 4  # seconds
PACKAGES = ("scrapy", "trafilatura", "waybackpy", "sqlite-utils", "warcio", "sentencex", "lxml")
"""Whose versions a run records, besides Citekeep's own."""


def begin(
    writer: Writer,
    data_dir: Path,
    run: str,
    spider: str,
    arguments: Mapping[str, str],
    *,
    collection: str | None,
    vantage: str | None,
) -> crawls.Crawl:
    """Begin a run and return it, committed; those that were killed are summed up.

    run: its random id, whose lock the caller holds. The rest: see crawls.start.
    """
    writer.run_sync(run_lock.end_dead_runs, data_dir)
    writer.run_sync(run_lock.sweep, data_dir)
    writer.run_sync(summaries.sum_up)
    return writer.run_sync(
        lambda connection: crawls.start(
            connection,
            run=run,
            spider=spider,
            arguments=arguments,
            versions={name: version(name) for name in PACKAGES} | {"citekeep": __version__},
            collection=collection,
            vantage=vantage,
        )
    )
