"""What is asked of a reading, and what one is: apart from how pages are read, which only the worker processes load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from citekeep.items import Extraction
from citekeep.verdicts import Observation, Verdict, judge, with_page

if TYPE_CHECKING:
    from citekeep.items import Check
    from citekeep.requisites import Found
    from citekeep.sources.listing import Listing

EXTRACTOR = "trafilatura"
VERSION = f"{version('trafilatura')}+citekeep.19"
"""Of trafilatura, and of what is done around it: raised when the same body would give another text or citations."""
TEXT_STATUSES = range(200, 300)
"""Only these answers are read as documents: the text of an error page is no version of an article."""


def wanted_of(check: Check, citations_limit: int) -> dict[str, Any] | None:
    """Return what is to be extracted from a check's body, as ``read`` takes it, or None where the body is no document."""
    link = check.link
    if link.listing is not None and not link.is_article:
        return None  # what it lists is wanted, not its text
    if link.local_body is not None:
        return {"want_citations": True, "citations_limit": citations_limit, "kind": link.local_type}
    if not check.body or check.status not in TEXT_STATUSES or check.error == "bad_encoding":
        return None
    return {"want_citations": link.is_article, "citations_limit": citations_limit}


@dataclass(frozen=True)
class Reading:
    """extraction, listing: None where none was wanted. verdict: None where the page cost its worker: it is judged unread then.

    reservations: of the page's own (citekeep/reservations.py).
    """

    extraction: Extraction | None
    verdict: Verdict | None
    listing: Listing | None = None
    requisites: Found | None = None
    reservations: tuple[dict[str, str], ...] = ()


def not_read(outcome: str, error_text: str) -> Reading:
    """Return the reading of a page that cost its worker: outcome ``timed_out`` or ``crashed``."""
    extraction = Extraction(
        outcome=outcome, extractor=EXTRACTOR, extractor_version=VERSION, error_text=error_text[:500]
    )
    return Reading(extraction, None)


def judge_again(
    body: bytes,
    seen: Observation,
    history: Mapping[str, Any],
    encoding: str | None,
    extraction: Extraction | None,
) -> Verdict:
    """Return the verdict of a check of which more is known now (its probes); its body was read before."""
    return judge(with_page(seen, body, encoding, extraction), history)
