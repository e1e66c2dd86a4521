"""A memento read back as it was captured (``id_``), and what kind of answer the Wayback Machine gave.

Only an answer with Memento-Datetime is an archived one: an archived 429 has it, the service's own 429 has not.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

from citekeep import clock
from citekeep.wayback.client import Answer, Client, raise_for_trouble

REPLAY_LIMIT = 60.0  # seconds
HOPS_MAX = 5  # redirects that were archived, and of the archive's own from there on
HOP_APART = 7 * 86_400.0  # seconds: a page captured so long before or after a redirect to it may be another by then
_ADDRESS = re.compile(r"^(https://[^/]+)?/web/(\d{14})(?:[a-z]{2}_)?/(.+)$", re.DOTALL)
_EXCLUDED = re.compile(r"has been excluded from the Wayback Machine|is not available|blocked by robots", re.IGNORECASE)
_ORIGINAL = "x-archive-orig-"


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What a memento's address answered.

    missing: None where it is an archived response, else why there is none: "not_there" (404), "another_time" (the
    archive leads to a capture of another time), "excluded" (it shows nothing of this page), "loop", "target" (it is a
    redirect to a page that the archive does not show as of that time).
    at: Memento-Datetime of what was asked for. url: of the page that was shown in the end, landed_at: its own
    Memento-Datetime. status, headers, body: of that page.
    raw: whether the body is as it was captured, and not as the archive shows it to people.
    """

    missing: str | None = None
    at: str | None = None
    url: str = ""
    landed_at: str | None = None
    status: int | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    content_type: str | None = None
    body: bytes = b""
    raw: bool = True
    _hops: int = 0

    @property
    def digest(self) -> str | None:
        """The base32 SHA-1 of the body, as the index has it; None where the body is not that which was captured."""
        if not self.raw or self.redirected:
            return None
        return base64.b32encode(hashlib.sha1(self.body, usedforsecurity=False).digest()).decode()

    @property
    def redirected(self) -> bool:
        """Whether what was asked for is a redirect to the page that was shown."""
        return self._hops > 0


async def replay(client: Client, memento_url: str) -> Replayed:
    """Return what a memento shows, archived redirects followed.

    Raises WaybackThrottledError or WaybackUnreachableError where the service said nothing about the memento.
    """
    found = _ADDRESS.match(memento_url.removeprefix(client.base))
    if found is None:
        return Replayed(missing="not_there")
    stamp, url = found[2], found[3]
    first: str | None = None
    for hops in range(HOPS_MAX + 1):
        answer = await client.ask("GET", f"/web/{stamp}id_/{url}", limit=REPLAY_LIMIT)
        at = archived_at(answer)
        if at is None:
            raise_for_trouble(answer, "Replay")
        first = first or at
        # The archive's own redirects are followed only after an archived one.
        onward = _onward(client, answer) if first else None
        if onward is not None:
            stamp, url = onward
            continue
        if first is None:
            return Replayed(missing=_missing(answer))
        if at is None or abs(clock.parse(at) - clock.parse(first)) > HOP_APART:
            return Replayed(missing="target")
        return Replayed(
            at=first, url=url, landed_at=at, status=answer.status, headers=_original(answer),
            content_type=answer.headers.get("content-type"), body=answer.body, _hops=hops,
        )  # fmt: skip
    return Replayed(missing="loop")


def _onward(client: Client, answer: Answer) -> tuple[str, str] | None:
    """Return the time and the URL of the memento to which an answer leads, or None."""
    location = answer.headers.get("location")
    if not 300 <= answer.status < 400 or not location:
        return None
    try:
        found = _ADDRESS.match(urljoin(client.base, location).removeprefix(client.base))
    except ValueError:
        return None
    return None if found is None else (found[2], found[3])


def archived_at(answer: Answer) -> str | None:
    """Return when an answer was archived, by its Memento-Datetime; None where it is no archived one."""
    try:
        return clock.text(parsedate_to_datetime(answer.headers.get("memento-datetime", "")).timestamp())
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def _missing(answer: Answer) -> str:
    if 300 <= answer.status < 400:
        return "another_time"
    return "excluded" if answer.status == 403 or _EXCLUDED.search(answer.text[:20_000]) else "not_there"


def _original(answer: Answer) -> list[tuple[str, str]]:
    return [(k.removeprefix(_ORIGINAL), v) for k, v in answer.headers.items() if k.startswith(_ORIGINAL)]
