"""A report as one HTML page: it stands alone, opens without a network, prints well, and runs no script.

Built as a tree, never as text, so that no text of the web can become markup.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from lxml import html
from lxml.html import builder as E

from citekeep.cards.card import Card
from citekeep.cards.lines import Line, lines_of
from citekeep.cards.report import CARDS_SHOWN, Report, autopsy, meaning_of, sentences
from citekeep.tables import plain
from citekeep.verdicts.table import GROUPS

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
STYLE = """
:root { color-scheme: light dark; --line: #767676; --quiet: #595959; --good: #0b6b2e; --bad: #a3141b; --unsure: #7a4b00 }
@media (prefers-color-scheme: dark) {
  :root { --line: #8f8f8f; --quiet: #b5b5b5; --good: #6fd08c; --bad: #ff9a9e; --unsure: #f0c060 } }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem;
  overflow-wrap: anywhere; background: Canvas; color: CanvasText }
h1 { font-size: 1.5rem; line-height: 1.25 } h2 { font-size: 1.2rem; margin-top: 2rem; break-after: avoid }
h3 { font-size: 1rem; margin: 0 0 .5rem }
article { border: 1px solid var(--line); border-left-width: .4rem; border-radius: .3rem; padding: .8rem 1rem; margin: 1rem 0;
  break-inside: avoid }
dl { display: grid; grid-template-columns: 8rem 1fr; gap: .2rem 1rem; margin: 0 }
dt { color: var(--quiet) } dd { margin: 0; min-width: 0 } q { quotes: "“" "”" }
.alive { border-left-color: var(--good) } .dead, .dead_soft { border-left-color: var(--bad) }
.changed, .unknown_access, .pending { border-left-color: var(--unsure) }
@media (max-width: 34rem) { dl { display: block } dt { margin-top: .4rem } }
@media print { body { max-width: none; padding: 0; font-size: 10pt } a { color: inherit } }
"""


def page_of(report: Report, *, links: bool = False, limit: int = CARDS_SHOWN) -> str:
    """Return the page; links: URLs are live, else they are text that leads nowhere by a slip of the hand."""
    cards = [_card(card, links) for card in islice(report.cards, limit)]
    more = report.figures.citations - len(cards)
    return whole_page(
        plain(report.title()),
        E.P(f"As Citekeep's archive knew it at {report.made_at} (UTC)."),
        E.UL(*(E.LI(plain(sentence)) for sentence in sentences(report.figures))),
        *_hosts(report),
        E.H2("Citations"),
        *(cards or [E.P("None.")]),
        *([E.P(f"{more} more citations are not on this page: see the CSV.")] if more > 0 else []),
        E.H2("What the groups mean"),
        E.DL(*(part for name, told in GROUPS.items() for part in (E.DT(name.replace("_", " ")), E.DD(told)))),
    )


def whole_page(title: str, *content: Any, style: str = "") -> str:
    """Return a page of this look that stands alone: its title is its heading. style: more CSS of our own."""
    head = E.HEAD(
        E.META(charset="utf-8"),
        E.META({"http-equiv": "Content-Security-Policy", "content": POLICY}),
        E.META(name="viewport", content="width=device-width, initial-scale=1"),
        E.META(name="referrer", content="no-referrer"),
        E.TITLE(title),
        E.STYLE(STYLE + style),
    )
    tree = E.HTML(head, E.BODY(E.MAIN(E.H1(title), *content)), lang="en")
    return "<!doctype html>\n" + html.tostring(tree, encoding="unicode", pretty_print=True)


def _hosts(report: Report) -> list[Any]:
    if not report.hosts:
        return []
    return [E.H2("Hosts"), E.UL(*(E.LI(plain(autopsy(host))) for host in report.hosts))]


def _card(card: Card, links: bool) -> Any:
    parts = []
    for line in lines_of(card):
        parts += [E.DT(line.label), E.DD(_text(line, card, links))]
    heading = E.H3(address(plain(card.link_url), card.link_url, links))
    return E.ARTICLE(
        heading, E.DL(*parts), {"class": card.now.group or "not_checked", "title": meaning_of(card.now.group)}
    )


def _text(line: Line, card: Card, links: bool) -> Any:
    text = address(plain(line.text), line.url, links)
    return quoted(text, card.cited.language if card.cited else None) if line.quoted else text


def quoted(text: Any, language: str | None) -> Any:
    """Return words of the web as a quotation, in its language (ISO 639-1) where that is known."""
    return E.Q(text, {"dir": "auto"} | ({"lang": language} if language else {}))


def address(text: str, url: str | None, links: bool) -> Any:
    """Return a text that leads to a URL, where links are wanted and it is one of the web."""
    if links and url and url.startswith(("http://", "https://")):
        return E.A(text, href=plain(url), rel="noopener noreferrer nofollow")
    return text
