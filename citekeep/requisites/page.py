"""What a page needs: what its HTML has a browser ask for, but for scripts, frames, sound and films."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from lxml import etree, html

from citekeep.charset import decode
from citekeep.requisites.css import in_declarations, in_style
from citekeep.requisites.found import FONT, ICON, IMAGE, STYLE, Found
from citekeep.requisites.srcset import VIEWPORTS, chosen, matches

ATTRIBUTE_MAX = 100_000  # characters of a srcset or style attribute that are read
_UNSUPPORTED = (
    "image/jxl",
    "image/jp2",
    "image/vnd.ms-photo",
    "image/tiff",
    "image/heic",
)  # no browser of today but Safari
_LAZY = ("data-src", "data-lazy-src", "data-original", "data-lazy")
_LAZY_SETS = ("data-srcset", "data-lazy-srcset")
_XLINK = "{http://www.w3.org/1999/xlink}href"
_AS = {"style": STYLE, "font": FONT, "image": IMAGE}


def in_page(body: bytes, content_type: str | None, url: str, *, limit: int) -> Found:
    """Return what a page needs to look like itself, its style first. Never raises for any bytes.

    url: where it was found at last. Scripts are left out: they ask for what no list holds (news of today, advertisements,
    whoever watches), and run again at each replay. So are frames, which are pages of their own, sound and films, for
    their size; a film's poster is a picture. Of a picture with variants, those that browsers take at VIEWPORTS.
    """
    found = Found(limit)
    tree = _parsed(body, content_type)
    if tree is None:
        return found
    base = _base(tree, url)
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]
    for element in elements:
        _styles(element, base, found)
    for element in elements:
        _pictures(element, base, found)
    for element in elements:
        if element.tag == "link" and "icon" in _rel(element):
            found.add(element.get("href"), base, ICON)
    return found


def _parsed(body: bytes, content_type: str | None) -> Any:
    text = decode(body, content_type)
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError):
        return None


def _base(tree: Any, url: str) -> str:
    for element in tree.iter("base"):
        if element.get("href"):
            try:
                return urljoin(url, element.get("href").strip())
            except ValueError:
                return url
    return url


def _rel(element: Any) -> list[str]:
    return (element.get("rel") or "").lower().split()


def _styles(element: Any, base: str, found: Found) -> None:
    if element.tag == "link":
        rel, kind = _rel(element), (element.get("as") or "").lower()
        if "stylesheet" in rel and element.get("disabled") is None:
            found.add(element.get("href"), base, STYLE)
        elif "preload" in rel and kind in {"style", "font"}:
            found.add(element.get("href"), base, _AS[kind])
    elif element.tag == "style":
        in_style(element.text or "", base, found)


def _pictures(element: Any, base: str, found: Found) -> None:
    for reference in _pictures_of(element):
        found.add(reference, base, IMAGE)
    style = element.get("style")
    if style and "(" in style:
        in_declarations(style[:ATTRIBUTE_MAX], base, found)


def _pictures_of(element: Any) -> Iterator[str | None]:
    tag = element.tag
    if tag == "img":
        yield from _img(element)
    elif tag == "video":
        yield element.get("poster")
    elif tag == "link" and "preload" in _rel(element) and (element.get("as") or "").lower() == "image":
        yield from _variants(element.get("imagesrcset"), element.get("imagesizes")) or [element.get("href")]
    elif tag == "input" and (element.get("type") or "").lower() == "image":
        yield element.get("src")
    elif tag in {"use", "image", "feimage"}:  # of SVG; HTML parsers lower its names
        yield element.get("href") or element.get(_XLINK) or element.get("xlink:href")
    elif tag in {"object", "embed"} and (element.get("type") or "").lower().startswith("image/"):
        yield element.get("data") or element.get("src")
    elif tag in {"body", "table", "td", "th"}:
        yield element.get("background")


def _img(element: Any) -> list[str | None]:
    """Return what a browser asks for an ``img``: a variant of its ``picture``, of its own, or its source."""
    picture = next(
        element.iterancestors("picture"), None
    )  # not its parent: to libxml2, source elements hold what follows
    own = _variants(element.get("srcset"), element.get("sizes")) or [element.get("src")]
    lazy = _variants(_first(element, _LAZY_SETS), element.get("data-sizes") or element.get("sizes"))
    plain = [*own, *(lazy or [_first(element, _LAZY)])]
    if picture is None:
        return plain
    sources = [one for one in picture.iter("source") if _is_supported(one)]
    found: list[str | None] = []
    for view in VIEWPORTS:
        source = next((one for one in sources if matches(one.get("media") or "", view)), None)
        if source is None:
            found += plain
        else:
            found += _variants(_first(source, ("srcset", *_LAZY_SETS)), source.get("sizes"))
    return found or plain


def _is_supported(source: Any) -> bool:
    return (
        _first(source, ("srcset", *_LAZY_SETS)) is not None and (source.get("type") or "").lower() not in _UNSUPPORTED
    )


def _variants(srcset: str | None, sizes: str | None) -> list[str | None]:
    return list(chosen(srcset[:ATTRIBUTE_MAX], sizes)) if srcset else []


def _first(element: Any, names: tuple[str, ...]) -> str | None:
    return next((value for name in names if (value := element.get(name))), None)
