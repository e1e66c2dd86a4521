"""What the markup of a page holds: read once, in bounded time, whatever the bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from lxml import etree

from citekeep.verdicts.headings import beside_heading, is_entry, leads_on, squeeze, text_in
from citekeep.verdicts.logins import Login, around_login
from citekeep.verdicts.quotes import is_conversation, named_parts, quoted

MARKUP_LIMIT = 200_000
"""Characters of a page, scripts and styles not counted, that are parsed."""

_PARAGRAPHS = 500  # that many are measured; more cannot change what is concluded
_ELEMENTS = 20_000  # that many are looked at for a date
_TYPED = frozenset({"text", "email", "tel", "search", "url", "number"})
_PIECES = 50  # pieces of text, and links, of one paragraph
_HREFS = 300
_HEADINGS = 50
_HEADED = 3  # headings whose part of the page is looked at
_CELLS = 200
_ELSE = 40  # characters: a page with less outside of quotations is what it quotes
_STYLED = 400  # characters of a page that is styled as code: nothing else stands there
_NAMELESS = 600  # characters of a page whose name may stand in no heading
_NAME = 80  # characters of such a name
_UNSEEN = 500  # elements out of sight that are taken out
_SHOWN = 200  # characters: a page that shows less is what it hides
_UNSHOWN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BOXES = frozenset({"div", "section", "aside", "form"})
_LISTS = frozenset({"li", "aside", "nav", "footer", "a", "td"})
"""Elements in which a date is that of something else: of the latest news around a page that is missing."""
_MENUS = ("a", "nav", "footer", "select", "button", "label")
"""Elements that a site repeats on all its pages; and links, which are of other pages."""

_NAMED = ("div", "p", "span")
_HEADING = re.compile(
    r"(?:^|[\s_-])(?:title|heading|headline|caption)(?:$|\s)|(?:error|err|status)[_-]?(?:code|title|name|number)",
    re.IGNORECASE,
)

_HIDDEN = ("script", "style", "template", "noscript", "svg", "head", "iframe", "object")
_ALERT = re.compile(r"""\balert\(\s*(["'])((?:(?!\1)[^\\\n]|\\.){2,300})\1""")
_OPENING = re.compile(r"<(script|style)\b[^<>]*>")


@dataclass(frozen=True)
class Markup:
    """What the markup of a page holds, apart from what a reader sees of it.

    said: the text outside quotations, code and comments, unless there is next to nothing else. spoken: that, outside links and
    menus, too. beside: the first headings, each with what is spoken below it in its own part of the page. titled: the
    first is of the highest rank, and what follows it leads to no other pages. entry: a date follows the first at once.
    conversation: at least two people wrote it. classes: of html and body, with their ids. dated: a date of the page itself.
    fields: for text to be typed. cells: of tables, but those with links or tables in them, which lay a page out. code:
    blocks of code, as no notice has. hrefs: where the first links lead, as they are written. Nothing of what the page keeps
    out of sight counts, unless it shows next to nothing else.
    """

    title: str = ""
    headings: tuple[str, ...] = ()
    text: str = ""
    said: str = ""
    spoken: str = ""
    beside: tuple[tuple[str, str], ...] = ()
    titled: bool = False
    entry: bool = False
    conversation: bool = False
    noscript: str = ""
    classes: frozenset[str] = frozenset()
    feed: bool = False
    dated: bool = False
    links: int = 0
    hrefs: tuple[str, ...] = ()
    passwords: int = 0
    login: Login | None = None
    pictures: int = 0
    fields: int = 0
    cells: int = 0
    code: int = 0
    scripts: int = 0
    canonical: str = ""
    description: str = ""
    refresh: str = ""
    frames: tuple[str, ...] = ()
    paragraphs: int = 0
    prose: int = 0


def without_scripts(body: str) -> str:
    """Return a page without what stands inside its scripts and styles, which can be all of the first 500 KB."""
    lower = body.lower()
    if len(lower) != len(body):  # a few letters grow; then tags must be as most pages write them
        lower = body
    kept = []
    at = 0
    while (found := _OPENING.search(lower, at)) is not None:
        end = lower.find(f"</{found[1]}", found.end())
        kept.append(body[at : found.end()])
        at = end if end >= 0 else len(body)
    return "".join([*kept, body[at:]]).replace("\0", "")


def read_markup(body: str) -> Markup:
    """Return what the markup of an HTML page holds. Whatever the bytes, it returns; broken markup yields less."""
    parser = etree.HTMLParser(encoding="utf-8", recover=True, remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = etree.fromstring(body.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        text = squeeze(re.sub(r"<[^<>]*>", " ", body))
        return Markup(text=text, said=text)
    if root is None:
        return Markup()
    _drop_hidden(root)
    parts = named_parts(root)
    classes = [f"{e.get('class') or ''} {e.get('id') or ''}" for e in root.iter("html", "body")]
    lengths = [length for element in islice(root.iter("p"), _PARAGRAPHS) if (length := _prose_of(element)) > 120]
    markup = Markup(
        title=text_in(root.findall(".//head/title")[:1] or root.findall(".//title")[:1])[:500],
        noscript=text_in(root.iter("noscript"))[:2000],
        classes=frozenset(" ".join(classes).lower()[:5000].split()),
        feed=any(_is_feed(e) for e in root.iter("link")),
        dated=_dated(root),
        links=sum(1 for _ in root.iter("a")),
        hrefs=tuple((e.get("href") or "").strip()[:300] for e in islice(root.iter("a"), _HREFS)),
        fields=sum(1 for field in root.iter("input", "textarea") if (field.get("type") or "text").lower() in _TYPED),
        cells=sum(
            1 for cell in islice(root.iter("td"), _CELLS) if cell.find(".//a") is None and cell.find(".//table") is None
        ),
        code=sum(1 for _ in root.iter("pre", "code")) + sum(1 for e in root.iter("dl") if _explains(e)),
        conversation=is_conversation(parts),
        passwords=sum(1 for field in root.iter("input") if (field.get("type") or "").lower() == "password"),
        pictures=sum(1 for _ in root.iter("img")),
        scripts=sum(1 for _ in root.iter("script")),
        canonical=next((e.get("href") or "" for e in root.iter("link") if (e.get("rel") or "") == "canonical"), ""),
        description=next((squeeze(e.get("content") or "")[:300] for e in root.iter("meta") if _describes(e)), ""),
        refresh=next((e.get("content") or "" for e in root.iter("meta") if _is_refresh(e)), ""),
        frames=tuple((e.get("src") or "")[:300] for e in root.iter("iframe", "frame"))[:20],
        paragraphs=len(lengths),
        prose=sum(lengths),
    )
    etree.strip_elements(root, *_HIDDEN, with_tail=False)
    headings, text = _headings(root), text_in([root])
    if not headings and len(text) <= _NAMELESS:
        headings = _styled_headings(root)
    others = quoted(root, parts)
    said = _without_quotes(root, text, others)
    if others and said == text and len(text) <= _STYLED:
        markup = replace(markup, code=0)
    titled = next((heading.tag == "h1" and not leads_on(heading) for heading in root.iter("h1", "h2")), False)
    etree.strip_elements(root, *_MENUS, with_tail=False)
    beside = tuple(beside_heading(heading) for heading in islice(root.iter("h1", "h2"), _HEADED))
    entry = any(is_entry(heading) for heading in islice(root.iter("h1", "h2"), 1))
    for heading in islice(root.iter("h1", "h2", "h3"), _HEADINGS):
        heading.tail = f" . {heading.tail or ''}"  # no phrase begins in a heading and ends in what follows it
    spoken = text_in([root])
    login = around_login(root) if markup.passwords else None
    return replace(
        markup, headings=headings, text=text, said=said, spoken=spoken, beside=beside, titled=titled, entry=entry, login=login
    )  # fmt: skip


def _without_quotes(root: Any, text: str, others: list[Any]) -> str:
    """Take out what is quoted, unless there is next to nothing else; return the text that is left."""
    unsaid = len(text_in(others)) if others else 0
    if not others or len(text) - unsaid < _ELSE:
        return text
    for element in others:
        element.clear(keep_tail=True)
    return text_in([root])


def _explains(terms: Any) -> bool:
    """Whether a list of terms explains them: some lay out forms with it."""
    return len(list(islice(terms.iter("dt"), 2))) > 1 and next(terms.iter("input", "select", "textarea"), None) is None


def with_alert(markup: Markup, body: str) -> Markup:
    """Return what the markup of a page without text holds, with what a script of it says in a window: so do many sites of
    East Asia tell that a page is gone, or that one has to log in, before they send the reader back."""
    found = _ALERT.search(body[:MARKUP_LIMIT])
    said = squeeze(re.sub(r"\\[nrt]", " ", found[2])) if found else ""
    return replace(markup, text=said, said=said, spoken=said) if said else markup


def _drop_hidden(root: Any) -> None:
    """Take out what a reader does not see until a script shows it: windows for log-in, offers, notices.

    Some pages hide most of themselves until their scripts have run, or somebody chooses: of those nothing is taken out.
    """
    body = root.find("body")
    if body is None:
        return
    hidden = list(islice((e for e in islice(body.iter(etree.Element), _ELEMENTS) if _is_hidden(e)), _UNSEEN))
    known = set(hidden)
    outer = [element for element in hidden if known.isdisjoint(element.iterancestors())]
    every, unseen = len(text_in([body])), len(text_in(outer))
    if outer and every - unseen >= max(_SHOWN, unseen):
        for element in outer:
            element.clear(keep_tail=True)


def _is_hidden(element: Any) -> bool:
    if element.tag in {"body", "main", "article"}:
        return False
    get = element.get
    closed = element.tag == "dialog" and get("open") is None
    if closed or get("hidden") is not None or _UNSHOWN.search(get("style") or ""):
        return True
    unheard = (get("aria-hidden") or "").lower() == "true"  # said of pictures, too, that are there to be seen
    return element.tag in _BOXES and (unheard or "modal" in (get("class") or "").split())


def _prose_of(paragraph: Any) -> int:
    """Return the characters of a paragraph that stand in no link: a list of links is no prose."""
    text = squeeze(" ".join(islice(paragraph.itertext(), _PIECES)))
    return len(text) - sum(len(text_in([link])) for link in islice(paragraph.iter("a"), _PIECES) if not len(link))


def _headings(root: Any) -> tuple[str, ...]:
    return tuple(text_in([element])[:300] for element in islice(root.iter("h1", "h2"), 20))


def _styled_headings(root: Any) -> tuple[str, ...]:
    """Return what a page without headings calls itself: what the class of an element says is a heading."""
    named = (e for e in islice(root.iter(*_NAMED), _HEADINGS) if _HEADING.search(e.get("class") or ""))
    found = (text for e in named if (text := text_in([e])) and len(text) <= _NAME)
    return tuple(islice(found, 2))


def _is_feed(element: Any) -> bool:
    return (element.get("type") or "").lower() in {"application/rss+xml", "application/atom+xml"}


def _dated(root: Any) -> bool:
    """Return whether the page says when it was published: a date that stands in no list, menu or link."""
    marked = (e for e in islice(root.iter(), _ELEMENTS) if e.tag == "time" or "datepublished" in _itemprop(e))
    return any(not _LISTS.intersection(above.tag for above in element.iterancestors()) for element in islice(marked, 5))


def _itemprop(element: Any) -> str:
    return (element.get("itemprop") or "").lower()


def _describes(element: Any) -> bool:
    return "description" in {
        (element.get("property") or "").lower().removeprefix("og:"),
        (element.get("name") or "").lower(),
    }


def _is_refresh(element: Any) -> bool:
    return (element.get("http-equiv") or "").lower() == "refresh"
