"""The one HTTP client that talks to the Wayback Machine: verified TLS, no redirects, a limit on time and size.

HTTPS_PROXY and SSL_CERT_FILE are honoured. Keys are a header of a single request to SPN_HOST, never of the client.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from dataclasses import dataclass
from typing import Any, Self

import httpx2

from citekeep import clock
from citekeep.exceptions import WaybackError, WaybackThrottledError, WaybackUnreachableError
from citekeep.retry_after import seconds_in
from citekeep.wayback.keys import Keys

# At DEBUG it writes down the headers of every answer, and an answer may show what it was asked with.
logging.getLogger("httpcore2").setLevel(logging.INFO)

SPN_HOST = "https://web.archive.org"
ANSWER_MAX = 16 * 2**20  # bytes
RETRY_AFTER_MAX = 24 * 3600.0  # seconds: a longer wish is cut to a day
OUTAGES = {500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 599}


@dataclass(frozen=True)
class Answer:
    """An answer, whole: status, headers (lower-case names), body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", errors="replace")


class Client:
    """Use as an async context manager."""

    def __init__(self, user_agent: str, *, base: str = SPN_HOST) -> None:
        self.base = base
        self._user_agent = user_agent
        self._made: httpx2.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._made is not None:
            await self._made.aclose()

    @property
    def _client(self) -> httpx2.AsyncClient:
        """The connections, made at first use: to load certificates takes time that a run without a question saves."""
        if self._made is None:
            self._made = httpx2.AsyncClient(
                verify=ssl.create_default_context(),
                headers={"User-Agent": self._user_agent},
                follow_redirects=False,
                timeout=httpx2.Timeout(60.0, connect=20.0),
                trust_env=True,
            )
        return self._made

    async def ask(
        self,
        method: str,
        path: str,
        *,
        limit: float,
        params: dict[str, str] | None = None,
        data: dict[str, str] | None = None,
        keys: Keys | None = None,
        accept: str = "*/*",
        fields: dict[str, str] | None = None,
    ) -> Answer:
        """Return the answer to one request, whatever its status, within ``limit`` seconds. fields: more of its head.

        Raises WaybackUnreachableError where no whole answer came. An answer past ANSWER_MAX counts as none. WaybackError
        for a path that no request can have: where one archive leads is text off the net.
        """
        headers = {"Accept": accept} | (fields or {}) | ({"Authorization": keys.header()} if keys is not None else {})
        client = self._client  # made before the time begins to count
        try:
            async with asyncio.timeout(limit):
                request = client.build_request(method, self.base + path, params=params, data=data, headers=headers)
                response = await client.send(request, stream=True)
                try:
                    body = await _read(response)
                finally:
                    await response.aclose()
        except (httpx2.InvalidURL, UnicodeError) as error:
            raise WaybackError(f"{self.base} cannot be asked: {type(error).__name__}.") from None
        except TimeoutError as error:
            raise WaybackUnreachableError(f"No answer from {self.base}{path} within {limit:g} s.") from error
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
            # The text of an error may quote a request: its class says enough, and holds no header.
            raise WaybackUnreachableError(f"No answer from {self.base}{path}: {type(error).__name__}.") from None
        told = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, told, body if keys is None else keys.blacked_out(body))


async def _read(response: Any) -> bytes:
    parts, size = [], 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > ANSWER_MAX:
            raise WaybackUnreachableError(f"An answer of more than {ANSWER_MAX >> 20} MiB was cut off.")
        parts.append(part)
    return b"".join(parts)


def raise_for_trouble(answer: Answer, what: str) -> None:
    """Raise for an answer that says nothing about what was asked: 429, an outage."""
    if answer.status == 429 or (answer.status == 200 and b"429 Too Many Requests" in answer.body[:2_000]):
        raise WaybackThrottledError(f"{what}: too many requests.", retry_after=retry_after(answer))
    if answer.status in OUTAGES:
        raise WaybackUnreachableError(f"{what}: HTTP {answer.status}.", retry_after=retry_after(answer))
    if answer.status >= 400 and answer.status not in {400, 401, 403, 404}:
        raise WaybackError(f"{what}: HTTP {answer.status}.")


def retry_after(answer: Answer) -> float | None:
    """Return the seconds that Retry-After names (a number or a date), or None."""
    seconds = seconds_in(answer.headers.items(), clock.timestamp())
    return None if seconds is None else min(seconds, RETRY_AFTER_MAX)
