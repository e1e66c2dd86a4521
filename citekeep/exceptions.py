"""Every error of Citekeep's own, as a tree.

CitekeepError
├── InputError                 what a person gave cannot be used; its text is the one sentence to show
├── SettingsError              a setting cannot be used; its text names the setting and says what would do
├── ArchiveError               archive.db or a WARC cannot be opened or written
│   ├── NewerArchiveError      archive.db was written by a newer Citekeep
│   └── NoRoomError            less room is left on the disk than DISK_FREE_MIN asks for
├── NotAskedError              our own rules forbade the request; its ``reason`` is that of the check
│   ├── AddressRefusedError    the address guard let no address of a host through
│   ├── SpecialUseNameError    a name that is on no public network (RFC 6761)
│   ├── PausedError            the site is paused, or was asked as often as it may
│   ├── WithheldHopError       a redirect leads to a URL that looks secret or would act
│   └── RobotsError            robots.txt forbids it, or could not be read
├── HostFailedError            the host of a page could not be reached when its robots.txt was asked for
├── LeaseLostError             the lease of a site ran out before a request was sent
└── WaybackError               an answer from the Wayback Machine that is no answer (citekeep/wayback)
    ├── WaybackThrottledError  429, or a limit in words: wait, then ask again
    ├── WaybackBlockedError    the archive shows nothing of this host
    ├── WaybackKeysError       the keys were not accepted: nothing more can be sent with them
    └── WaybackUnreachableError  no connection, a time-out, a 5xx: ask again later
"""

from __future__ import annotations


class CitekeepError(Exception):
    """Base of every error that Citekeep raises on purpose."""


class InputError(CitekeepError):
    """What a person gave cannot be used. Show the text and exit non-zero; nothing was recorded."""


class SettingsError(CitekeepError):
    """A setting cannot be used. Show the text, which names the setting, and exit non-zero."""


class ArchiveError(CitekeepError):
    """archive.db or a WARC cannot be opened or written. Show the text; what was committed before is safe."""


class NewerArchiveError(ArchiveError):
    """archive.db was written by a newer Citekeep. Update the checkout; the file was not touched."""


class NoRoomError(ArchiveError):
    """Less room is left on the disk than DISK_FREE_MIN asks for. Show the text; nothing is begun, what was recorded is safe."""


class NotAskedError(CitekeepError):
    """Our own rules forbade a request. Record a check that was not asked, with ``reason`` (failures.REASONS)."""

    reason = ""


class AddressRefusedError(NotAskedError):
    """The address guard let no address of a host through. Record a check that was not asked; do not retry."""

    reason = "address_refused"


class SpecialUseNameError(NotAskedError):
    """The name is on no public network (RFC 6761) and nothing maps it. Record a check that was not asked."""

    reason = "special_use_name"


class RobotsError(NotAskedError):
    """robots.txt forbids the request ("robots"), or could not be read, so not now ("robots_unavailable", RFC 9309)."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class PausedError(NotAskedError):
    """The site may not be asked now: it is paused ("paused"), or was asked as often as it may ("cap")."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class WithheldHopError(NotAskedError):
    """A redirect leads to a URL that must not be asked unasked. Record a check that was not asked, with the reason."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class HostFailedError(CitekeepError):
    """The host could not be reached when its robots.txt was asked for. The check fails as that exchange did."""


class LeaseLostError(CitekeepError):
    """The lease of a site ran out before a request was sent. Record nothing: its link is due again."""


class WaybackError(CitekeepError):
    """An answer from the Wayback Machine that is no answer. Keep the wish and ask again later.

    ``retry_after`` is the number of seconds that the answer asked us to wait, or None where it named none.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class WaybackThrottledError(WaybackError):
    """429, or a limit in words. Ask nothing of this endpoint before ``retry_after`` (one minute where it is None)."""


class WaybackBlockedError(WaybackError):
    """The archive shows nothing of this host (excluded, or by robots.txt). Do not ask again for days."""


class WaybackKeysError(WaybackError):
    """The keys were not accepted. Send nothing more with them; tell the person where to get keys."""


class WaybackRefusedError(WaybackError):
    """The service said in words that it will not save this page, now or at all; str() is what it said."""


class WaybackUnreachableError(WaybackError):
    """No connection, a time-out or a 5xx. Whether a save came about is not known: look it up, never send it again."""
