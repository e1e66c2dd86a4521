"""What is said of every citation of an article, wherever it was found: its place, what makes it the same one, its road."""

from __future__ import annotations

import hashlib
from collections import Counter

from citekeep.citations.roads import road
from citekeep.items import Citation


def numbered(citations: list[Citation]) -> list[Citation]:
    """Return the citations with position, road and fingerprint set: of URL, anchor, sentence, and how-manieth of these."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for position, citation in enumerate(citations):
        key = (citation.url_as_written, citation.anchor_text, citation.sentence)
        citation.position = position
        _set_road(citation)
        citation.fingerprint = hashlib.sha256(
            "\x1f".join((*key, str(seen[key]))).encode("utf-8", "surrogatepass")
        ).hexdigest()
        seen[key] += 1
    return citations


def _set_road(citation: Citation) -> None:
    """Say to what source a URL only leads; what a reference said of an archived copy stays."""
    found = road(citation.url_as_written)
    if found is not None:
        citation.original = found.original
        citation.cited_via = citation.url_as_written
        citation.cited_via_kind = found.kind
        citation.cited_via_service = found.service
        citation.cited_via_at = found.at
