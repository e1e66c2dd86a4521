"""A digest as one HTML page: it stands alone, opens without a network, prints well, runs no script."""

from __future__ import annotations

from typing import Any

from lxml.html import builder as E

from citekeep.cards.lines import Line
from citekeep.cards.page import address, quoted, whole_page
from citekeep.digest.data import Digest, Item, Section
from citekeep.health.alarms import Alarm
from citekeep.tables import plain

STYLE = """
.alarm { border-left-color: var(--bad) }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; list-style: none; padding: 0 }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .2rem .8rem .2rem 0; vertical-align: top }
"""


def page_of(digest: Digest, *, links: bool = False) -> str:
    """Return the page; links: URLs are live, else they are text that leads nowhere by a slip of the hand."""
    told = [section for section in digest.sections if section.total]
    nothing = [section.about for section in digest.sections if not section.total]
    return whole_page(
        plain(digest.title()),
        E.P(
            f"What Citekeep's archive took in from {digest.from_at} to {digest.until_at}, told at {digest.made_at} (UTC)."
        ),
        E.UL(*(E.LI(plain(sentence)) for sentence in digest.sentences())),
        *_alarms(digest),
        *_contents(told),
        *(part for section in told for part in _section(section, links)),
        *([E.H2("Nothing to tell"), E.UL(*(E.LI(plain(about)) for about in nothing))] if nothing else []),
        *_runs(digest),
        style=STYLE,
    )


def _alarms(digest: Digest) -> list[Any]:
    if not digest.alarms:
        return [E.P("No alarm stands.")]
    return [E.H2(f"Alarms ({len(digest.alarms):,})"), *(_alarm(alarm) for alarm in digest.alarms)]


def _alarm(alarm: Alarm) -> Any:
    subject = f": {alarm.subject}" if alarm.subject else ""
    facts = (
        ("Since", alarm.since_at),
        ("Raised", alarm.raised_at),
        ("What to do", alarm.advice),
        ("Exit code", str(alarm.code)),
    )
    return E.ARTICLE(
        E.H3(plain(f"{alarm.name.replace('_', ' ')}{subject}")),
        E.P(plain(alarm.sentence)),
        E.DL(*(part for label, text in facts for part in (E.DT(label), E.DD(plain(text))))),
        {"class": "alarm"},
    )


def _contents(sections: list[Section]) -> list[Any]:
    if not sections:
        return []
    entries = (E.LI(E.A(f"{one.title} ({one.total:,})", href=f"#{one.name}")) for one in sections)
    return [E.NAV(E.UL(*entries), {"aria-label": "Sections"})]


def _section(section: Section, links: bool) -> list[Any]:
    return [
        E.H2(f"{section.title} ({section.total:,})", id=section.name),
        E.P(plain(section.about)),
        *(_item(item, links) for item in section.items),
        *([E.P(f"... and {section.more:,} more.")] if section.more else []),
    ]


def _item(item: Item, links: bool) -> Any:
    parts = []
    if item.url and item.url != item.headline:
        parts += [E.DT("Address"), E.DD(address(plain(item.url), item.url, links))]
    for line in item.lines:
        parts += [E.DT(line.label), E.DD(_text(line, item, links))]
    text = plain(item.headline)
    heading = E.H3(quoted(text, item.language)) if item.quoted else E.H3(address(text, item.url, links))
    return E.ARTICLE(heading, *([E.DL(*parts)] if parts else []), {"class": item.group or "not_checked"})


def _text(line: Line, item: Item, links: bool) -> Any:
    text = plain(line.text)
    return quoted(address(text, line.url, links), item.language) if line.quoted else address(text, line.url, links)


def _runs(digest: Digest) -> list[Any]:
    if not digest.runs:
        return []
    heads = ("Run", "Spider", "Began", "Ended", "How")
    rows = [
        E.TR(*(E.TD(plain(cell)) for cell in (
            str(run.run), run.spider, run.started_at, run.finished_at or "", (run.finish_reason or "goes on").replace("_", " ")
        )))
        for run in digest.runs
    ]  # fmt: skip
    more = digest.run_total - len(digest.runs)
    return [
        E.H2(f"Runs ({digest.run_total:,})"),
        E.TABLE(E.THEAD(E.TR(*(E.TH(head, scope="col") for head in heads))), E.TBODY(*rows)),
        *([E.P(f"... and {more:,} more.")] if more > 0 else []),
    ]
