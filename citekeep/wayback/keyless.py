"""Saving without keys, through waybackpy: best effort, one try, watched by a clock, in a thread of its own."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Any

import requests
from waybackpy import WaybackMachineSaveAPI
from waybackpy.exceptions import TooManyRequestsError
from waybackpy.exceptions import WaybackError as WaybackpyError

from citekeep import clock
from citekeep.exceptions import WaybackError, WaybackThrottledError, WaybackUnreachableError
from citekeep.wayback.outcomes import CLOCKS_APART

WATCHDOG = 150.0  # seconds: a capture takes up to two minutes
READ_LIMIT = 120.0
CONNECT_LIMIT = 20.0
_ARCHIVED = re.compile(r"^https?://web\.archive\.org/web/(\d{14})(?:[a-z]{2}_)?/(https?://.+)$", re.IGNORECASE)


@dataclass(frozen=True)
class Saved:
    """A capture that the archive named. ours: made since we asked, not an older one handed out again."""

    memento_url: str
    at: str
    original: str
    ours: bool


class BoundedSaveAPI(WaybackMachineSaveAPI):
    """waybackpy's save, with time limits on the connection, no retries of its own, and without reading the page."""

    def get_save_request_headers(self) -> None:
        """Ask once; keep status, headers and the URL that was landed on."""
        with requests.Session() as session:
            self.response = session.get(
                self.request_url, headers=self.request_headers, timeout=(CONNECT_LIMIT, READ_LIMIT), stream=True
            )
            self.headers, self.status_code = self.response.headers, self.response.status_code
            self.response_url = self.response.url
            self.response.close()
        if self.status_code == 429:
            raise TooManyRequestsError("429")

    def archive_url_parser(self) -> Any:
        """Return the URL landed on, if it is a capture: a Link header names the last memento, which may be another."""
        location = self.headers.get("Content-Location", "") if self.headers else ""
        landed = f"https://web.archive.org{location}" if location.startswith("/web/") else str(self.response_url)
        if self.status_code is None or self.status_code >= 500:
            return None
        return landed if _ARCHIVED.match(landed) else None


async def save(url: str, user_agent: str) -> Saved:
    """Ask for a capture and return the one that was named.

    Raises WaybackThrottledError, WaybackUnreachableError (whether it came about is unknown: look it up) or WaybackError
    where the answer names no capture.
    """
    asked_at = clock.timestamp()
    try:
        named = await asyncio.wait_for(asyncio.to_thread(_save, url, user_agent), WATCHDOG)
    except TimeoutError as error:
        raise WaybackUnreachableError(f"No answer to a save within {WATCHDOG:g} s.") from error
    found = _ARCHIVED.match(named)
    if found is None:
        raise WaybackError("The answer to a save names no capture.")
    at = clock.from_stamp14(found[1])
    return Saved(named, at, found[2], clock.parse(at) >= asked_at - CLOCKS_APART)


def _save(url: str, user_agent: str) -> str:
    try:
        return str(BoundedSaveAPI(url, user_agent, max_tries=1).save())
    except TooManyRequestsError as error:
        raise WaybackThrottledError("Saving without keys: too many requests.") from error
    except requests.RequestException as error:
        raise WaybackUnreachableError(f"Saving without keys: {type(error).__name__}.") from error
    except (WaybackpyError, ValueError) as error:
        raise WaybackError(f"Saving without keys named no capture ({type(error).__name__}).") from error
