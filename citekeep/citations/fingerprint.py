"""What makes a citation the same one when its article is read again."""

from __future__ import annotations

import hashlib
from collections import Counter

from citekeep.items import Citation


def numbered(citations: list[Citation]) -> list[Citation]:
    """Return the citations with position and fingerprint set: of URL, anchor, sentence, and how-manieth of these."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for position, citation in enumerate(citations):
        key = (citation.url_as_written, citation.anchor_text, citation.sentence)
        citation.position = position
        citation.fingerprint = hashlib.sha256(
            "\x1f".join((*key, str(seen[key]))).encode("utf-8", "surrogatepass")
        ).hexdigest()
        seen[key] += 1
    return citations
