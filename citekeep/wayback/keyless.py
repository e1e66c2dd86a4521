"""Saving without keys, through waybackpy: best effort, one try, watched by a clock, in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import requests
from waybackpy import WaybackMachineSaveAPI
from waybackpy.exceptions import TooManyRequestsError
from waybackpy.exceptions import WaybackError as WaybackpyError

from citekeep import clock
from citekeep.exceptions import WaybackError, WaybackRefusedError, WaybackThrottledError, WaybackUnreachableError
from citekeep.wayback import codes
from citekeep.wayback.outcomes import CLOCKS_APART

WATCHDOG = 150.0  # seconds: a capture takes up to two minutes
READ_LIMIT = 120.0
CONNECT_LIMIT = 20.0
SAVE = "https://web.archive.org/save/"
REDIRECTS = 5
PAGE_READ = 131_072  # bytes of a page that may say why nothing was saved
THREAD = "save-without-keys"
_ARCHIVED = re.compile(r"^https?://web\.archive\.org/web/(\d{14})(?:[a-z]{2}_)?/(https?://.+)$", re.IGNORECASE)


@dataclass(frozen=True)
class Saved:
    """A capture that the archive named. ours: made since we asked, not an older one handed out again."""

    memento_url: str
    at: str
    original: str
    ours: bool


class BoundedSaveAPI(WaybackMachineSaveAPI):
    """waybackpy's save, with time limits on the connection, no retries of its own, and without reading the capture.

    refusal: what a page of status 200 said that named no capture, where it is a known refusal; else None.
    """

    refusal: str | None = None

    def get_save_request_headers(self) -> None:
        """Ask once; keep status, headers and the capture's URL that was named first, without going there.

        A fresh capture is often not shown yet: who goes there is led on to an older one.
        """
        url = self.request_url
        with requests.Session() as session:
            session.auth = _nobody
            for _ in range(REDIRECTS):
                with session.get(
                    url,
                    headers={**self.request_headers, "Connection": "close"},  # there is no second request
                    timeout=(CONNECT_LIMIT, READ_LIMIT),
                    stream=True,
                    allow_redirects=False,
                ) as self.response:
                    status = self.response.status_code
                    self.headers, self.status_code = self.response.headers, status
                    if status == 200 and not self._names_capture(url):
                        self.refusal = codes.sentence_of(_beginning(self.response))
                moved = 300 <= status < 400
                url = urljoin(url, self.headers.get("Location", "")) if moved else url
                if not moved or not url.startswith(SAVE):
                    break
        self.response_url = url
        if status == 429:
            raise TooManyRequestsError("429")
        if status >= 500:
            raise requests.HTTPError(f"HTTP {status}")

    def archive_url_parser(self) -> Any:
        """Return the capture that was named, or None; a Link header names the last memento, which may be another."""
        return self._names_capture(str(self.response_url))

    def _names_capture(self, url: str) -> str | None:
        location = self.headers.get("Content-Location", "") if self.headers else ""
        named = f"https://web.archive.org{location}" if location.startswith("/web/") else url
        return named if _ARCHIVED.match(named) else None


def _beginning(response: requests.Response) -> str:
    """Return the beginning of a page as text; waited for by no one for longer than WATCHDOG."""
    read = b""
    for part in response.iter_content(16_384):
        read += part
        if len(read) >= PAGE_READ:
            break
    return read[:PAGE_READ].decode("utf-8", "replace")


def _nobody(request: Any) -> Any:
    """Authenticate as nobody: without this, requests sends what ~/.netrc has for the host."""
    return request


async def save(url: str, user_agent: str) -> Saved:
    """Ask for a capture and return the one that was named.

    Raises WaybackRefusedError where a page says why there will be none (such pages have status 200),
    WaybackThrottledError, WaybackUnreachableError (whether it came about is unknown: look it up) or WaybackError where the
    answer names no capture and gives no reason that is known.
    """
    asked_at = clock.timestamp()
    try:
        named = await asyncio.wait_for(_in_daemon(_save, url, user_agent), WATCHDOG)
    except TimeoutError as error:
        raise WaybackUnreachableError(f"No answer to a save within {WATCHDOG:g} s.") from error
    return named_capture(named, asked_at)


def named_capture(named: str, asked_at: float) -> Saved:
    """Return the capture whose address an answer named, to a save asked for at ``asked_at`` (seconds since 1970).

    Raises WaybackError where it is no address of a capture, or of a time that cannot be.
    """
    found = _ARCHIVED.match(named)
    try:
        at = clock.from_stamp14(found[1]) if found is not None else None
    except ValueError:
        at = None
    if found is None or at is None:
        raise WaybackError("The answer to a save names no capture.")
    return Saved(named, at, found[2], clock.parse(at) >= asked_at - CLOCKS_APART)


async def _in_daemon(function: Callable[[str, str], str], url: str, user_agent: str) -> str:
    """Return what a blocking function returns, called in a thread that a process need not wait for at its end."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[str] = loop.create_future()

    def tell(result: str | None, error: Exception | None) -> None:
        if future.done():
            return  # nobody waits any more
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result or "")

    def work() -> None:
        try:
            outcome: tuple[str | None, Exception | None] = (function(url, user_agent), None)
        except Exception as error:  # noqa: BLE001 - raised again where it is awaited
            outcome = (None, error)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(tell, *outcome)

    threading.Thread(target=work, name=THREAD, daemon=True).start()
    return await future


def _save(url: str, user_agent: str) -> str:
    api = BoundedSaveAPI(url, user_agent, max_tries=1)
    try:
        return str(api.save())
    except TooManyRequestsError as error:
        raise WaybackThrottledError("Saving without keys: too many requests.") from error
    except requests.RequestException as error:
        raise WaybackUnreachableError(f"Saving without keys: {type(error).__name__}.") from error
    except (WaybackpyError, ValueError) as error:
        if api.refusal is not None:
            raise WaybackRefusedError(api.refusal) from error
        raise WaybackError(f"Saving without keys named no capture ({type(error).__name__}).") from error
