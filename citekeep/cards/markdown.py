"""A report in Markdown. Text of the web is escaped, so that none of it is markup."""

from __future__ import annotations

import re
from itertools import islice
from typing import IO

from citekeep.cards.lines import lines_of
from citekeep.cards.report import CARDS_SHOWN, Report, autopsy, sentences
from citekeep.tables import plain

_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&])")


def write_markdown(report: Report, stream: IO[str], *, links: bool = False, limit: int = CARDS_SHOWN) -> None:
    """Write the report; links: make live links of URLs, else they are text."""
    stream.write(f"# {escaped(report.title())}\n\nAs known at {report.made_at} (UTC).\n\n")
    stream.writelines(f"- {escaped(sentence)}\n" for sentence in sentences(report.figures))
    if report.hosts:
        stream.write("\n## Hosts\n\n")
        stream.writelines(f"- {escaped(autopsy(host))}\n" for host in report.hosts)
    stream.write("\n## Citations\n")
    shown = 0
    for card in islice(report.cards, limit):
        shown += 1
        stream.write(f"\n### {_url(card.link_url, links)}\n\n")
        for line in lines_of(card):
            text = _url(line.url, links) if line.url and line.text == line.url else escaped(line.text)
            stream.write(f"- **{line.label}:** {f'“{text}”' if line.quoted else text}\n")
    if shown < report.figures.citations:
        stream.write(f"\n{report.figures.citations - shown} more citations: see --format csv.\n")


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    return _MARKUP.sub(r"\\\1", plain(text))


def _url(url: str, live: bool) -> str:
    shown = plain(url)
    if live and shown.startswith(("http://", "https://")):
        address = shown.replace("<", "%3C").replace(">", "%3E").replace(" ", "%20")
        return f"<{address}>"
    return f"`{shown.replace('`', '%60')}`"
