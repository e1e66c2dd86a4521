"""``python -m docs.generate``: writes what docs/ and README.md owe to the code; tests/test_docs.py holds them to it.

Whole pages are PAGES. A block is what stands in a page between ``<!-- name -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from citekeep import dictionary
from citekeep.health.alarms import KINDS
from commands.backup import EXIT_CODES as BACKUP_CODES
from commands.crawl import EXIT_CODES
from commands.diff import EXIT_CODES as DIFF_CODES
from commands.digest import EXIT_CODES as DIGEST_CODES
from commands.evidence import EXIT_CODES as EVIDENCE_CODES
from commands.health import EXIT_CODES as HEALTH_CODES
from commands.ingest import EXIT_CODES as INGEST_CODES
from commands.linkrot import EXIT_CODES as LINKROT_CODES
from commands.rejudge import EXIT_CODES as REJUDGE_CODES
from commands.repair import EXIT_CODES as REPAIR_CODES
from commands.review import EXIT_CODES as REVIEW_CODES
from commands.traces import EXIT_CODES as TRACES_CODES
from docs import snapshots_page
from docs.answers import all_answers, example_archive, first_answer
from docs.licences import licences_page
from docs.settings_page import settings_page
from docs.verdicts_page import verdicts_page

ROOT = Path(__file__).resolve().parent.parent


def exit_codes(codes: Mapping[int, str] = EXIT_CODES) -> str:
    """Return the exit codes of a command (``scrapy crawl``) as a table."""
    rows = [f"| {code} | {sentence} |" for code, sentence in codes.items()]
    return "\n".join(["| code | meaning |", "|---|---|", *rows])


def alarms() -> str:
    """Return the kinds of alarms with their exit codes as a table."""
    rows = [f"| {kind.code} | {kind.name} | {kind.meaning} | {kind.advice} |" for kind in KINDS]
    return "\n".join(["| code | alarm | when | what to do |", "|---|---|---|---|", *rows])


def views() -> str:
    """Return the views, what one row of each is, and their columns as a table."""
    lines = ["| view | one row | columns |", "|---|---|---|"]
    for name in sorted(dictionary.VIEWS):
        about, columns = dictionary.TABLES[name]
        lines.append(f"| {name} | {about.removeprefix('View: ')} | {', '.join(columns)} |")
    return "\n".join(lines)


PAGES: dict[str, Callable[[], str]] = {
    "docs/settings.md": settings_page,
    "docs/verdicts.md": verdicts_page,
    "docs/data-dictionary.md": dictionary.page,
    "docs/licences.md": licences_page,
}
BLOCKS: dict[tuple[str, str], Callable[[], str]] = {
    ("docs/archivists.md", "exit codes"): exit_codes,
    ("docs/archivists.md", "ingest exit codes"): partial(exit_codes, INGEST_CODES),
    ("docs/archivists.md", "alarms"): alarms,
    ("docs/archivists.md", "health exit codes"): partial(exit_codes, HEALTH_CODES),
    ("docs/archivists.md", "digest exit codes"): partial(exit_codes, DIGEST_CODES),
    ("docs/archivists.md", "backup exit codes"): partial(exit_codes, BACKUP_CODES),
    ("docs/fact-checkers.md", "report exit codes"): partial(exit_codes, LINKROT_CODES),
    ("docs/fact-checkers.md", "repair exit codes"): partial(exit_codes, REPAIR_CODES),
    ("docs/fact-checkers.md", "diff exit codes"): partial(exit_codes, DIFF_CODES),
    ("docs/fact-checkers.md", "review exit codes"): partial(exit_codes, REVIEW_CODES),
    ("docs/fact-checkers.md", "evidence exit codes"): partial(exit_codes, EVIDENCE_CODES),
    ("docs/people-in-danger.md", "traces exit codes"): partial(exit_codes, TRACES_CODES),
    ("docs/analysts.md", "views"): views,
    ("docs/analysts.md", "rejudge exit codes"): partial(exit_codes, REJUDGE_CODES),
    ("docs/snapshots.md", "picture"): snapshots_page.picture,
    ("docs/snapshots.md", "states"): snapshots_page.states,
    ("docs/snapshots.md", "wishes"): snapshots_page.wishes,
    ("docs/snapshots.md", "waits"): snapshots_page.waits,
    ("docs/snapshots.md", "pace"): snapshots_page.pace,
    ("docs/snapshots.md", "refusals"): snapshots_page.refusals,
    ("docs/snapshots.md", "exit codes"): snapshots_page.exit_codes,
}
ANSWERS: dict[tuple[str, str], Callable[[Path], str]] = {
    ("README.md", "first answer"): first_answer,
    ("docs/analysts.md", "answers"): all_answers,
    ("docs/snapshots.md", "as cited"): snapshots_page.as_cited_answer,
    ("docs/snapshots.md", "witness"): snapshots_page.witness_answer,
    ("docs/snapshots.md", "mementos"): snapshots_page.mementos_answer,
}


def block(name: str) -> re.Pattern[str]:
    """Return the pattern of a block: its group 1 is what stands in it."""
    return re.compile(rf"(?<=<!-- {re.escape(name)} -->\n\n)(.*?)(?=\n\n<!-- end -->)", re.DOTALL)


def fill(page: str, name: str, text: str) -> None:
    """Put ``text`` into a block. Raises ValueError where the page has no such block."""
    path = ROOT / page
    filled, count = block(name).subn(lambda _: text, path.read_text(encoding="utf-8"))
    if count != 1:
        raise ValueError(f"{page} has no block <!-- {name} -->, or more than one.")
    path.write_text(filled, encoding="utf-8")


def main() -> None:
    """Write every page and block; the answers come from a run of the example (some twenty seconds)."""
    for page, text in PAGES.items():
        (ROOT / page).write_text(text(), encoding="utf-8")
    for (page, name), made in BLOCKS.items():
        fill(page, name, made())
    print("Archiving the example in the sandbox, for the answers ...", file=sys.stderr)
    with example_archive() as archive:
        for (page, name), answered in ANSWERS.items():
            fill(page, name, answered(archive))


if __name__ == "__main__":
    main()
