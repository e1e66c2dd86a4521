"""How a run's report looks in a terminal. Text of the web is escaped: no page can draw on a person's screen."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from citekeep.report import ArticleReport, RunReport

GROUP_STYLES = {
    "alive": "green",
    "changed": "yellow",
    "dead": "red",
    "dead_soft": "red",
    "unknown_access": "yellow",
    "pending": "cyan",
    "not_checked": "dim",
}
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]+")
WORDS = 60  # characters of a citation's words
WIDE = 110  # columns of a terminal in which date and state of a snapshot stand on one line
STATUS, FRAME = 6, 16  # columns of a status; of the lines and spaces around five cells


def visible(text: str) -> str:
    """Return text with a space for each character that draws nothing or draws on other text; its own spaces stay."""
    return _UNSEEN.sub(" ", text)


def plain(text: Any, length: int | None = None) -> str:
    """Return text off the web for a terminal: one line, no control or direction characters, nothing that
    XML has no place for, cut to ``length``."""
    line = " ".join(visible(str(text or "")).split())
    return line if length is None or len(line) <= length else line[: length - 1].rstrip() + "…"


def cell(text: Any, length: int | None = None) -> Text:
    """Return ``plain`` text for a cell of a table, where a string's square brackets would be markup."""
    return Text(plain(text, length))


def print_report(
    report: RunReport, console: Console, *, settings: Mapping[str, Any], reason: str | None, spider: str = "article"
) -> None:
    """Print what a run did: a table for each article, totals, what was published, where the files are, what is next."""
    for article in report.articles:
        console.print(_article(article, console.width))
    if report.article_count > len(report.articles):
        more = report.article_count - len(report.articles)
        console.print(f"... and {more} more articles: see article_texts in archive.db.")
    for line in _totals(report, settings, reason, spider):
        console.print(line, highlight=False, soft_wrap=True)


def _article(article: ArticleReport, width: int) -> Group:
    title = Text(plain(article.title or article.url, 100), style="bold")
    facts = [plain(article.url), plain(article.published or "no date found"), f"{article.words} words"]
    if article.group not in {"alive", "changed"} or not article.words:
        facts.append(article.sentence)
    if article.outcome not in {None, "ok"}:
        facts.append(f"text: {article.outcome}")
    parts: list[Any] = [Text(), title, Text(" · ".join(facts), style="dim")]
    if article.citations:
        parts.append(_citations(article.citations, width))
    else:
        parts.append(Text("No citations were found in its body."))
    return Group(*parts)


def _citations(rows: list[dict[str, Any]], width: int) -> Table:
    wide = width >= WIDE
    verdict, snapshot = (16, 21) if wide else (12, 10)
    rest = max(24, width - FRAME - verdict - STATUS - snapshot)
    table = Table(show_lines=True)
    for name, cells in (("Its words in the article", rest // 2), ("Link", rest - rest // 2), ("Verdict", verdict)):
        table.add_column(name, width=cells, overflow="fold")
    table.add_column("Status", width=STATUS, justify="right")
    table.add_column("Snapshot", width=snapshot, overflow="fold")
    for row in rows:
        style = GROUP_STYLES.get(row["verdict_group"] or "", "")
        table.add_row(
            escape(plain(_words(row), WORDS)),
            escape(plain(row["url_as_written"])),
            Text(plain(row["verdict"] or "not yet checked").replace("_", " "), style=style),
            str(row["status"] or "–"),
            escape(_snapshot(row)),
        )
    return table


def _words(row: dict[str, Any]) -> str:
    """Return the words a citation is known by: its anchor, or its sentence where the anchor is but a URL."""
    anchor = row["anchor_text"]
    bare = not anchor or anchor.lower().startswith(("http://", "https://", "www."))
    return str(row["sentence"] or anchor) if bare else str(anchor)


def _snapshot(row: dict[str, Any]) -> str:
    state = plain(row["snapshot_state"]).replace("_", " ")
    if row["snapshot_at"]:
        day = f"{row['snapshot_at'][:10]} ({state})" if state else row["snapshot_at"][:10]
        return f"{day}\n{plain(row['snapshot_said'])}"
    if row.get("not_saved"):
        return plain(f"not saved: {row['not_saved']}")
    return state or "none"


def _totals(report: RunReport, settings: Mapping[str, Any], reason: str | None, spider: str) -> list[str]:
    checks = sum(report.counts.values())
    by_group = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in sorted(report.counts.items()))
    lines = ["", f"{checks} {plural(checks, 'link')} checked" + (f": {by_group}." if by_group else ".")]
    if report.saves:
        states = ", ".join(f"{number} {state}" for state, number in sorted(report.saves.items()))
        lines.append(f"Wayback Machine: {states}.")
    if report.requisites:
        lines.append(_requisites(report.requisites))
    lines.append(_published(report))
    lines += [f"  not asked ({why.replace('_', ' ')}): {escape(plain(url, 100))}" for url, why in report.withheld]
    lines += [escape(sentence) for sentence in paused_sentences(report.paused)]
    lines += [
        f"{plain(site, 60)} was asked as often as one run may: {number} {plural(number, 'link')} left for another."
        for site, number in report.capped.items()
    ]
    lines += waiting_sentences(report, spider)
    if reason == "shutdown":
        lines.append("Stopped before the end; nothing recorded is lost. The same command goes on where it stopped.")
    database = settings["ARCHIVE_DB"]
    asked = '"select link_url, verdict, snapshot_url from citation_status" --table'
    lines += [
        "",
        f"Database  {database}",
        f"WARCs     {settings['WARC_DIR']}",
        f"Log       {settings.get('LOG_FILE') or 'standard error'}",
        "",
        "Next: make browse, or",
        f'  {_python()} -m sqlite_utils "{database}" {asked}',
    ]
    return lines


def waiting_sentences(report: RunReport, spider: str) -> list[str]:
    """Return what is still due, and who does it: what another run holds need not be asked for again."""
    left, lines = report.waiting - report.with_others, []
    if report.with_others:
        number = report.with_others
        verb = "is" if number == 1 else "are"
        lines.append(
            f"Another run is at work: {number} {plural(number, 'link')} of the sites that it holds {verb} due, for it."
        )
    if left:
        command = "due" if spider == "due" else f"crawl {spider}"
        lines.append(f"{left} {plural(left, 'link')} still due: {_python()} -m scrapy {command}")
    return lines


_MISSING = {"failed": "failed", "over_the_cap": "over the cap", "not_asked": "not asked", "waiting": "still due"}


def _requisites(counts: Mapping[str, int]) -> str:
    """Return what the articles' pages need to look like themselves, in a sentence."""
    missing = {said: counts[name] for name, said in _MISSING.items() if name in counts}
    captured = counts.get("captured", 0)
    told = f"Style, fonts and pictures: {captured:,} of {captured + sum(missing.values()):,} captured"
    told += f" ({counts.get('bytes', 0) / 1_000_000:.1f} MB)"
    listed = ", ".join(f"{number:,} {said}" for said, number in missing.items())
    return f"{told}; {listed}: see missing_requisites in archive.db." if listed else f"{told}."


def paused_sentences(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a sentence for each row of paused_sites: who is paused, until when, why, and how many links wait for it."""
    return [
        f"{plain(row['site'], 60)} is paused until {row['paused_until']}: {row['sentence']}"
        f" {row['waiting']:,} {plural(row['waiting'], 'link')} wait{'s' if row['waiting'] == 1 else ''}."
        for row in rows
    ]


def _python() -> str:
    """Return how this Python is called from here: short where it lies below the current folder."""
    path, here = Path(sys.executable), Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _published(report: RunReport) -> str:
    held = ", ".join(f"{number} {reason.replace('_', ' ')}" for reason, number in sorted(report.held_back.items()))
    told = f"{report.published} {plural(report.published, 'link')} named to the Wayback Machine (public)"
    return f"{told}; held back: {held}." if held else f"{told}; none held back."


def plural(number: int, noun: str) -> str:
    """Return an English noun as it goes with a number."""
    return noun if number == 1 else noun + "s"
