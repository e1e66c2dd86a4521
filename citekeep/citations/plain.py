"""Addresses that stand in a page's text without being links: they are cited as those of a plain text are.

Those of the page's own site are not: they are a player's, a picture's or a button's, and on 57 real pages were nothing else.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from citekeep.citations.blocks import Anchor, Block
from citekeep.citations.text import Place, urls_in
from citekeep.exceptions import InputError
from citekeep.urls import canonical

_CODE = ("code", "pre", "kbd", "samp", "textarea")
"""What shows addresses that a program asks: they cite nothing."""


def add_plain_urls(blocks: list[Block], is_own: Callable[[str], bool]) -> None:
    """Add the addresses in the text of blocks to their links; not those within a link, or that a link beside leads to.

    is_own: whether an address is of the page's own site.
    """
    for block in blocks:
        if "://" not in block.text and "www." not in block.text.lower():
            continue
        linked = {_key(anchor.href) for anchor in block.anchors}
        starts = [anchor.start for anchor in block.anchors]
        free = [
            place
            for place in urls_in(block.text)
            if _is_free(place, block, starts) and not is_own(place.url) and _key(place.url) not in linked
        ]
        if free and not _is_code(block):
            block.anchors += [Anchor(place.url, block.parent, place.start, place.end, plain=True) for place in free]
            block.anchors.sort(key=lambda anchor: anchor.start)


def _is_free(place: Place, block: Block, starts: list[int]) -> bool:
    """Return whether no link has a part of an address: the last one that begins before its end ends before it."""
    before = bisect_right(starts, place.end - 1)
    return not before or block.anchors[before - 1].end <= place.start


def _is_code(block: Block) -> bool:
    parent = block.parent
    return (
        parent.tag in _CODE or any(True for _ in parent.iterancestors(*_CODE)) or any(True for _ in parent.iter(*_CODE))
    )


def _key(url: str) -> str:
    try:
        return canonical(url)
    except InputError:
        return url
