"""What a run found of links: read from archive.db, and as a table for a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from citekeep.tables import GROUP_STYLES, WIDE, plain

if TYPE_CHECKING:
    import sqlite3

BY_SHOWN = 60  # characters
LINKS_SHOWN = 40  # those that matter most; archive.db has all of them


@dataclass(frozen=True, kw_only=True)
class LinkReport:
    """One link that a run checked. verdict, group, sentence: of this run's last check. standing, strikes: now.

    citing: articles that cite it. snapshot_at: of its newest good snapshot, None without one. reviewed: the verdict of the
    person, reviewed_by, on whose word the standing rests.
    """

    url: str
    status: int | None
    verdict: str
    group: str
    sentence: str
    standing: str | None
    strikes: int
    next_check_at: str | None
    citing: int
    snapshot_at: str | None
    reviewed_by: str | None = None
    reviewed: str | None = None


_LINKS = """
WITH RECURSIVE run (id) AS (  -- with those that it went on with: their checks are this command's
    SELECT :crawl
    UNION SELECT c.resumes_id FROM crawls AS c JOIN run ON run.id = c.id WHERE c.resumes_id IS NOT NULL
)
SELECT
    l.url, c.status, v.name, v."group", v.sentence_en, n.standing, n.strikes, n.next_check_at,
    (SELECT count(DISTINCT article_id) FROM citations WHERE citations.link_id = l.id) AS citing,
    (SELECT max(memento_at) FROM good_mementos WHERE good_mementos.link_id = l.id),
    n.reviewed_by, iif(n.reviewed_by IS NULL, NULL, n.verdict)
FROM checks AS c
JOIN links AS l ON l.id = c.link_id
JOIN link_now AS n ON n.link_id = l.id
JOIN judgements AS j ON j.check_id = c.id
    AND j.rules_version = (SELECT max(rules_version) FROM judgements WHERE check_id = c.id)
JOIN verdicts AS v ON v.name = j.verdict
WHERE c.crawl_id IN (SELECT id FROM run)
    AND c.id = (SELECT max(id) FROM checks WHERE link_id = l.id AND crawl_id IN (SELECT id FROM run))
    AND NOT EXISTS (SELECT 1 FROM articles WHERE articles.link_id = l.id)
ORDER BY v."group" IN ('alive', 'not_checked'), v.position DESC, citing DESC, l.url LIMIT :limit
"""


def links_of(connection: sqlite3.Connection, crawl_id: int, limit: int = LINKS_SHOWN) -> list[LinkReport]:
    """Return the links (articles left out) that a run checked, at most ``limit``: what is wrong first."""
    rows = connection.execute(_LINKS, {"crawl": crawl_id, "limit": limit})
    return [
        LinkReport(
            url=row[0], status=row[1], verdict=row[2], group=row[3], sentence=row[4], standing=row[5], strikes=row[6],
            next_check_at=row[7], citing=row[8], snapshot_at=row[9], reviewed_by=row[10], reviewed=row[11],
        )
        for row in rows
    ]  # fmt: skip


def print_links(links: list[LinkReport], console: Console) -> None:
    """Print a table of links, and a sentence for each kind of verdict in it."""
    if not links:
        return
    wide = console.width >= WIDE
    table = Table(show_lines=True)
    columns = {"Link": None, "Verdict": 16, "Standing": 22, "Cited": 5, "Snapshot": 10}
    if not wide:
        columns = {"Link": None, "Verdict": 12, "Standing": 14, "Snapshot": 10}
    for name, width in columns.items():
        table.add_column(name, width=width, overflow="fold", justify="right" if name == "Cited" else "left")
    for link in links:
        verdict = link.verdict.replace("_", " ") + (f" ({link.status})" if link.status else "")
        cells: dict[str, Text | str] = {
            "Link": escape(plain(link.url, 200)),
            "Verdict": Text(verdict, style=GROUP_STYLES.get(link.group, "")),
            "Standing": escape(standing_in_words(link)),
            "Cited": str(link.citing),
            "Snapshot": (link.snapshot_at or "none")[:10],
        }
        table.add_row(*(cells[name] for name in columns))
    console.print(table)
    for verdict, sentence in {link.verdict: link.sentence for link in links}.items():
        console.print(f"  {verdict.replace('_', ' ')}: {sentence}", highlight=False, soft_wrap=True)


def standing_in_words(link: LinkReport) -> str:
    """Return what is held true of a link: its strikes and the day of its next check where it is in doubt."""
    told = (link.standing or "not checked").replace("_", " ")
    if link.reviewed_by and link.reviewed:
        return f"{told}: {link.reviewed.replace('_', ' ')}, says {plain(link.reviewed_by, BY_SHOWN)}"
    if link.standing == "doubtful" and link.strikes:
        told += f", strike {link.strikes}"
    return f"{told}; again {link.next_check_at[:10]}" if link.next_check_at and link.standing != "alive" else told
