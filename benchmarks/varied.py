"""Made-up articles: every language of tests/varied/languages.toml in every template here, with known citations.

``python -m benchmarks.varied [--errors]`` prints micro-F1 by template and by language.
"""

from __future__ import annotations

import argparse
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from benchmarks.citations import COUNTED, Score, f1
from citekeep.extraction import extract

LANGUAGES = Path(__file__).parents[1] / "tests" / "varied" / "languages.toml"
_ANCHOR = re.compile(r"\[([^\]]+)\]")
_ORDERS = ("02143", "41302", "13024", "30412", "24130", "01243", "34021", "12304")  # of sentences, a paragraph each


@dataclass
class Words:
    """What stands on the pages of one language, as languages.toml has it."""

    code: str
    sentences: list[str]
    related: str
    title: str
    tags: str
    promo: str
    byline: str
    rtl: bool = False

    @property
    def site(self) -> str:
        """Where its pages are."""
        return f"https://www.news-{self.code}.example"

    def paragraphs(self, count: int = 8, *, linked: bool = True) -> list[str]:
        """Return paragraphs as HTML, with every other citation to the own site."""
        gap = "" if self.code in {"zh", "ja", "th"} else " "
        return [
            gap.join(self._sentence(int(which), 10 * number + place, linked) for place, which in enumerate(order[:3]))
            for number, order in enumerate(_ORDERS[:count])
        ]

    def _sentence(self, which: int, number: int, linked: bool) -> str:
        text = escape(self.sentences[which], quote=False)
        href = f"{self.site}/story/{number}" if number % 2 else f"https://source-{number}.example/paper/{number}"
        return _ANCHOR.sub(rf'<a href="{href}">\1</a>' if linked else r"\1", text)

    def story(self, number: int) -> str:
        """Return a link to another story of the site, which is no citation."""
        return f'<a href="/not/{number}">{self.title} {number}</a>'

    def teaser(self, number: int) -> str:
        """Return another story as front pages show it: picture, title, a sentence or two."""
        text = " ".join(_ANCHOR.sub(r"\1", self.sentences[(number + place) % 5]) for place in (0, 3))
        return (
            f'<div class="c-{number % 2}"><a href="/not/{number}"><img src="/i/{number}.jpg" alt=""></a>'
            f'<h3>{self.story(number)}</h3><p>{text} <a href="/not/{number}">»»»</a></p></div>'
        )


def read_languages() -> list[Words]:
    """Return the languages there are."""
    data: dict[str, Any] = tomllib.loads(LANGUAGES.read_text(encoding="utf-8"))
    return [Words(code=code, **fields) for code, fields in data.items()]


# --- templates: all citations lead to /story/ or /paper/, nothing else does ---


def _blog(w: Words) -> str:
    body = [f"<p>{paragraph}</p>" for paragraph in w.paragraphs()]
    body.insert(3, f"<p><strong>{w.related}</strong> {w.story(1)}</p>")
    body.insert(6, f'<p><em><a href="/not/letter">{w.promo}</a></em></p>')
    return (
        f'<article class="post"><header class="entry-header"><h1>{w.title}</h1><div class="entry-meta">{w.byline} '
        f'<a href="/not/author">Ana Kim</a></div></header><div class="entry-content">{"".join(body)}'
        f'<p>{w.tags} <a href="/not/1t">A</a>, <a href="/not/2t">B</a></p></div></article>'
        f'<aside class="sidebar"><ul>{"".join(f"<li>{w.story(n)}</li>" for n in range(9))}</ul></aside>'
    )


def _box_inside(w: Words) -> str:
    body = [f'<p class="css-1x">{paragraph}</p>' for paragraph in w.paragraphs()]
    items = "".join(f"<li>{w.story(n)} <span>12.03.2024, 10:4{n}</span></li>" for n in range(4))
    body.insert(4, f'<div class="css-9q"><h4>{w.related}</h4><ul>{items}</ul></div>')
    return f'<div class="css-a"><h1>{w.title}</h1><div class="css-b">{"".join(body)}</div></div>'


def _line_breaks(w: Words) -> str:
    text = "<br><br>".join(w.paragraphs())
    return (
        f'<table width="100%"><tr><td><a href="/not/home">A</a><br><a href="/not/b">B</a></td><td><b>{w.title}</b>'
        f'<br><br>{text}<br><br>{w.byline} <a href="/not/author">Ana Kim</a><br><br>{w.tags} <a href="/not/t">C</a>'
        "</td></tr></table>"
    )


def _teasers(w: Words) -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in w.paragraphs(5))
    return (
        f"<main><article><h1>{w.title}</h1><div>{body}</div></article><section><h2>{w.related.rstrip(':： ')}</h2>"
        f"{''.join(w.teaser(n) for n in range(8))}</section></main>"
    )


def _lists_and_quotations(w: Words) -> str:
    first, second, third, fourth, *rest = w.paragraphs()
    return (
        f"<article><h1>{w.title}</h1><figure><img src=/a.jpg><figcaption><a href='/not/photo'>{w.title}</a></figcaption></figure>"
        f"<p>{first}</p><blockquote><p>{second}</p></blockquote><ul><li>{third}</li><li>{fourth}</li></ul>"
        f"{''.join(f'<p>{paragraph}</p>' for paragraph in rest)}</article>"
    )


def _divisions(w: Words) -> str:
    body = [f'<div class="text-block"><div>{paragraph}</div></div>' for paragraph in w.paragraphs()]
    body.insert(2, f'<div class="text-block"><div><a href="/not/1">{w.related} {w.title}</a></div></div>')
    body.insert(5, f'<div class="text-block"><div>{w.related} {w.story(2)}</div></div>')
    return f'<div id="content"><h1>{w.title}</h1>{"".join(body)}</div><footer>{w.story(3)}</footer>'


def _list_at_the_end(w: Words) -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in w.paragraphs())
    stories = "".join(f"<p>{w.story(n)}</p>" for n in range(3))
    promo = f"<p>{w.promo}: <a href='/not/x'>@news</a></p>"
    return f"<article><h1>{w.title}</h1>{body}<p><strong>{w.related}</strong></p>{stories}{promo}</article>"


def _short(w: Words) -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in w.paragraphs(2))
    menu = "".join(f'<li><a href="/not/m{n}">{w.title[:9]}</a></li>' for n in range(20))
    more = f'<div class="more">{w.teaser(1)}{w.teaser(2)}</div>'
    return f'<ul class="menu">{menu}</ul><div class="story"><h1>{w.title}</h1>{body}</div>{more}'


TEMPLATES: dict[str, Callable[[Words], str]] = {
    "blog": _blog,
    "box inside": _box_inside,
    "line breaks": _line_breaks,
    "teasers": _teasers,
    "lists and quotations": _lists_and_quotations,
    "divisions": _divisions,
    "list at the end": _list_at_the_end,
    "short": _short,
}


def page(words: Words, template: str) -> str:
    """Return a whole page."""
    direction = ' dir="rtl"' if words.rtl else ""
    head = f'<head><meta charset="utf-8"><title>{words.title}</title></head>'
    return f'<!DOCTYPE html><html lang="{words.code}"{direction}>{head}<body>{TEMPLATES[template](words)}</body></html>'


def score(words: Words, template: str) -> Score:
    """Return what was found on a page and what was not."""
    html = page(words, template)
    true = set(re.findall(r'<a href="([^"]+/(?:story|paper)/\d+)"', html))
    found = extract(html.encode(), f"{words.site}/2024/bridge", content_type="text/html", want_citations=True)
    said = {citation.url_as_written for citation in found.citations or [] if citation.kind in COUNTED}
    return Score(len(true & said), sorted(said - true), sorted(true - said))


def sentences_right(languages: list[Words]) -> float:
    """Return the share of citations whose sentence is the one they were put in, of all languages in one template."""
    right = 0
    all_of = 0
    for words in languages:
        written = {_ANCHOR.sub(r"\1", sentence) for sentence in words.sentences}
        html = page(words, "divisions")
        found = extract(html.encode(), f"{words.site}/2024/bridge", content_type="text/html", want_citations=True)
        said = [citation.sentence in written for citation in found.citations or [] if citation.kind in COUNTED]
        right, all_of = right + sum(said), all_of + len(said)
    return right / all_of


def main() -> None:
    """Print micro-F1 by template and by language."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--errors", action="store_true")
    options = parser.parse_args()
    scores = {(words.code, template): score(words, template) for words in read_languages() for template in TEMPLATES}
    for position in (1, 0):
        for name in dict.fromkeys(key[position] for key in scores):
            print(f"{name:22} {f1(one for key, one in scores.items() if key[position] == name):.3f}")
    print(f"{len(scores)} pages, micro-F1 {f1(scores.values()):.3f}")
    print(f"sentences right {sentences_right(read_languages()):.3f}")
    for key, one in scores.items() if options.errors else ():
        if one.wrong or one.missed:
            print(*key, "wrong", one.wrong, "missed", one.missed)


if __name__ == "__main__":
    main()
