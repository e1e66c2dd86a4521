"""What a visitor from outside would get of the sandbox's web: how the stand-in Wayback Machine sees a page."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from sandbox.dns import HERE
from sandbox.failures import BY_HOST
from sandbox.http import Headers, Request
from sandbox.web import Web

REDIRECTS = 10


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A page as it was got: after ``hops`` (url, status, Location), with its final URL."""

    final_url: str
    status: int
    headers: Headers
    body: bytes
    hops: tuple[tuple[str, int, str], ...] = ()


class FetchFailedError(Exception):
    """No page was got. ``error`` is a name of citekeep.failures.ERRORS."""

    def __init__(self, error: str, url: str) -> None:
        super().__init__(f"{url}: {error}")
        self.error = error


async def fetch(web: Web, url: str) -> Fetched:
    """Return what ``url`` shows, redirects followed; raise FetchFailedError where it shows nothing.

    Nothing is sent over the network, so limits of time and size are not met: a host that fails is known by its row.
    Answers that are made of raw bytes are not read.
    """
    hops: list[tuple[str, int, str]] = []
    for _ in range(REDIRECTS + 1):
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        _refuse_failing(web, host, url)
        target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
        request = Request(method="GET", target=target, headers=[("Host", host)], host=host, scheme=parts.scheme)
        response = await web.answer(request)
        location = next((value for name, value in response.headers if name.lower() == "location"), None)
        if response.raw is not None or not isinstance(response.body, bytes):
            raise FetchFailedError("bad_response", url)
        if not 300 <= response.status < 400 or location is None:
            return Fetched(
                final_url=url,
                status=response.status,
                headers=response.headers,
                body=response.body,
                hops=tuple(hops),
            )
        hops.append((url, response.status, location))
        url = urljoin(url, location)
    raise FetchFailedError("too_many_redirects", url)


def _refuse_failing(web: Web, host: str, url: str) -> None:
    failure = BY_HOST.get(host)
    if failure is not None and failure.recorded.error is not None:
        raise FetchFailedError(failure.recorded.error, url)
    if web.resolve(host) is not HERE:
        raise FetchFailedError("nxdomain" if failure is None else "no_address", url)
