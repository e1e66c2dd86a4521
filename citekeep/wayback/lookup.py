"""What the Wayback Machine lists of a URL in its CDX index: waybackpy's CDXSnapshot, fetched by our own client.

waybackpy builds the question and reads the rows; it checks no status and has no time limits, so the bytes are fetched
and checked here. "Nothing archived", "too many requests", "blocked" and "unreadable" are different answers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from waybackpy import WaybackMachineCDXServerAPI
from waybackpy.cdx_snapshot import CDXSnapshot

from citekeep import clock
from citekeep.exceptions import WaybackBlockedError, WaybackUnreachableError
from citekeep.wayback.client import Answer, Client, raise_for_trouble

LOOKUP_LIMIT = 90.0  # seconds; exact questions were seen to take up to a minute
ROWS = 500  # asked for at once, the newest of them
FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
_BLOCKED = ("AccessControlException", "Blocked Site Error", "Blocked By Robots")


@dataclass(frozen=True, kw_only=True)
class Capture:
    """A row of the index: a memento that is not read back. at: UTC. status: None where the index names none."""

    memento_url: str
    at: str
    original: str
    status: int | None
    type: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class Found:
    """Answer that the index really gave. captures: oldest first; malformed: number of rows that could not be read.

    unread: pages of a list in pages that were not asked for, or did not answer.
    """

    captures: list[Capture] = field(default_factory=list)
    malformed: int = 0
    unread: int = 0

    @property
    def outcome(self) -> str:
        """rows, empty, or malformed where there were only unreadable rows."""
        return "rows" if self.captures else "malformed" if self.malformed else "empty"


async def look_up(client: Client, url: str, *, since: str | None = None, until: str | None = None) -> Found:
    """Return the captures of exactly this URL listed: the newest ROWS, or those of a stretch of time (UTC).

    Raises WaybackThrottledError, WaybackBlockedError (the archive shows nothing of this host) or
    WaybackUnreachableError: of these none means that nothing is archived.
    """
    question = WaybackMachineCDXServerAPI(
        url,
        "citekeep",
        start_timestamp=clock.stamp14(since) if since else None,
        end_timestamp=clock.stamp14(until) if until else None,
    )
    payload: dict[str, str] = {}
    question.add_payload(payload)
    # With "to" a negative limit was seen to answer with rows of other years: then the first rows of the stretch.
    payload |= {"url": question.url, "limit": str(ROWS if until else -ROWS), "fl": ",".join(FIELDS)}
    answer = await client.ask("GET", "/cdx/search/cdx", limit=LOOKUP_LIMIT, params=payload)
    _check(answer)
    return parse(answer.text)


def _check(answer: Answer) -> None:
    error = answer.headers.get("x-archive-wayback-runtime-error", "")
    head = answer.text[:2_000]
    if any(mark in error or mark in head for mark in _BLOCKED):
        raise WaybackBlockedError("The Wayback Machine shows nothing of this host.")
    raise_for_trouble(answer, "CDX")
    if answer.status != 200:
        raise (
            WaybackBlockedError(f"CDX: HTTP {answer.status}: {head[:120]}")
            if answer.status == 403
            else _unreachable(answer)
        )


def _unreachable(answer: Answer) -> Exception:

    return WaybackUnreachableError(f"CDX: HTTP {answer.status}.")


def parse(text: str) -> Found:
    """Return the captures that a text answer lists. Duplicates count once; impossible rows are counted, not kept."""
    captures: dict[str, Capture] = {}
    malformed = 0
    for line in text.splitlines():
        if not line.strip():
            break  # a resume key follows
        capture = _row(line)
        if capture is None:
            malformed += 1
        else:
            captures.setdefault(capture.memento_url, capture)
    return Found(captures=sorted(captures.values(), key=lambda c: c.at), malformed=malformed)


def _row(line: str) -> Capture | None:
    values = line.split(" ")
    if len(values) != len(FIELDS):
        return None
    try:
        snapshot = CDXSnapshot(dict(zip(FIELDS, values, strict=True)))
        at = clock.from_stamp14(snapshot.timestamp)
        parts = urlsplit(snapshot.original)
        parts.port  # noqa: B018 - raises for "http://mailto:someone", which was seen
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    status = int(snapshot.statuscode) if snapshot.statuscode.isascii() and snapshot.statuscode.isdigit() else None
    return Capture(
        memento_url=snapshot.archive_url,
        at=at,
        original=snapshot.original,
        status=status if status is not None and 100 <= status <= 999 else None,
        type=snapshot.mimetype[:100],
        digest=snapshot.digest[:100],
    )
