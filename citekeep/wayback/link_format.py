"""Links as text, ``<URI>; name="value", ...``: TimeMaps (RFC 7089, in the format of RFC 6690) and Link fields (RFC 8288)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

LINKS_MAX = 20_000  # of one text; more are not read

_URI = re.compile(r"\s*+<([^<>]*+)>")
_PARAMETER = re.compile(r'\s*+;\s*+([^\s=;,"<>]++)(?:\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s;,"<>]*+)))?', re.DOTALL)
_END = re.compile(r"\s*+(?:,|$)")
_NEXT = re.compile(r",\s*+(?=<)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class Link:
    """One link. uri: as written. attributes: {name in lower case: value}; of one that is there twice, the first."""

    uri: str
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def relations(self) -> frozenset[str]:
        """The relation types, in lower case: "first memento" is two."""
        return frozenset(self.attributes.get("rel", "").lower().split())


def parse(text: str) -> list[Link]:
    """Return the links of a text, in order. Never raises; what is no link is passed over, up to the next one."""
    links: list[Link] = []
    at = 0
    while at < len(text) and len(links) < LINKS_MAX:
        uri = _URI.match(text, at)
        end = None
        if uri is not None:
            attributes, at = _attributes(text, uri.end())
            end = _END.match(text, at)
        if uri is not None and end is not None:
            links.append(Link(uri[1].strip(), attributes))
            at = end.end()
            continue
        onward = _NEXT.search(text, at)
        if onward is None:
            break
        at = onward.end()
    return links


def _attributes(text: str, at: int) -> tuple[dict[str, str], int]:
    """Return the parameters that begin at a place, and where they end."""
    attributes: dict[str, str] = {}
    while (found := _PARAMETER.match(text, at)) is not None:
        name, quoted, bare = found.groups()
        attributes.setdefault(name.lower(), _ESCAPED.sub(r"\1", quoted) if quoted is not None else bare or "")
        at = found.end()
    return attributes, at
