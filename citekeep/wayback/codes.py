"""What Save Page Now's refusals mean for a wish: one table, from its API document and what was seen since."""

from __future__ import annotations

import re

PERMANENT, TRANSIENT, HOST_PAUSED, QUOTA, SESSIONS, PER_URL_DAY, UNKNOWN = (
    "permanent", "transient", "host_paused", "quota", "sessions", "per_url_day", "unknown",
)  # fmt: skip

CODES: dict[str, str] = {
    "bad-gateway": TRANSIENT,
    "bad-request": PERMANENT,
    "bandwidth-limit-exceeded": HOST_PAUSED,
    "blocked": PERMANENT,
    "blocked-client-ip": QUOTA,
    "blocked-url": PERMANENT,
    "browsing-timeout": TRANSIENT,
    "capture-location-error": TRANSIENT,
    "cannot-fetch": TRANSIENT,
    "celery": TRANSIENT,
    "filesize-limit": PERMANENT,
    "ftp-access-denied": PERMANENT,
    "gateway-timeout": TRANSIENT,
    "http-version-not-supported": PERMANENT,
    "internal-server-error": TRANSIENT,
    "invalid-url-syntax": PERMANENT,
    "invalid-server-response": TRANSIENT,
    "invalid-host-resolution": PERMANENT,
    "job-failed": TRANSIENT,
    "method-not-allowed": PERMANENT,
    "not-implemented": PERMANENT,
    "no-browsers-available": TRANSIENT,
    "no-captures": TRANSIENT,
    "network-authentication-required": PERMANENT,
    "no-access": PERMANENT,  # the target's 403; nothing about our keys
    "not-found": PERMANENT,
    "proxy-error": TRANSIENT,
    "protocol-error": TRANSIENT,
    "read-timeout": TRANSIENT,
    "soft-time-limit-exceeded": TRANSIENT,
    "service-unavailable": TRANSIENT,
    "too-many-daily-captures": PER_URL_DAY,
    "too-many-redirects": PERMANENT,
    "too-many-requests": HOST_PAUSED,  # the target's 429
    "user-session-limit": SESSIONS,
    "unauthorized": PERMANENT,
    "max-daily-bandwidth": QUOTA,
    "max-daily-bandwidth-from-ip": QUOTA,
    "max-daily-bandwidth-host": HOST_PAUSED,
}
"""status_ext without its "error:" -> class."""

TEXTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (r"limit of active Save Page Now sessions", SESSIONS),
        (r"daily (?:not-logged-in )?captures limit|cannot make more than .{0,20}captures per day", QUOTA),
        (r"service block list and cannot be captured", PERMANENT),
        (r"Crawling this host is paused", HOST_PAUSED),
        (r"already captured \d+ times today", PER_URL_DAY),
        (r"Cannot start capture|internal error and was unable|Live page is not available|Job failed", TRANSIENT),
        (r"too many requests", SESSIONS),
    )
)
"""Sentences that stand in for a code, in the order they are looked for."""

_TAGS = re.compile(r"<(?:script|style)\b.{0,20000}?</(?:script|style)\s*>|<[^<>]*>", re.IGNORECASE | re.DOTALL)

TRIES: dict[str, int] = {PERMANENT: 1, TRANSIENT: 5, HOST_PAUSED: 12, PER_URL_DAY: 7, UNKNOWN: 2}
"""Submissions of one wish after which such a refusal is for good; of the classes that are not here, never."""

WAITS: dict[str, float] = {  # seconds until a wish that was refused so is tried again
    TRANSIENT: 15 * 60,
    HOST_PAUSED: 2 * 3600,
    SESSIONS: 6,
    UNKNOWN: 24 * 3600,
}


def classify(status_ext: str | None, message: str | None) -> str:
    """Return the class of a refusal: by its code, by its words where it has none; unknown codes are UNKNOWN."""
    code = (status_ext or "").strip().lower().removeprefix("error:")
    if code in CODES:
        return CODES[code]
    return next((kind for pattern, kind in TEXTS if pattern.search(message or "")), UNKNOWN)


def sentence_of(text: str) -> str | None:
    """Return what a page says that is a known refusal, with the words around it (at most 300 characters); else None."""
    told = " ".join(_TAGS.sub(" ", text).split())
    for pattern, _ in TEXTS:
        found = pattern.search(told)
        if found is not None:
            return told[max(0, found.start() - 60) : found.end() + 240][:300].strip()
    return None
