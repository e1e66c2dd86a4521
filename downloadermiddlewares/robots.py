"""robots.txt as RFC 9309 has it: 4xx allows, 5xx and silence mean not now; Crawl-delay is kept."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin

from protego import Protego
from scrapy import Request
from scrapy.exceptions import NotConfigured

from citekeep import clock
from citekeep.exceptions import HostFailedError, InputError, LeaseLostError, NotAskedError, RobotsError
from citekeep.urls import origin_of, request_form, site_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

PARSED_BYTES = 500 * 2**10  # RFC 9309 section 2.5: at least 500 KiB
REDIRECTS = 5  # RFC 9309 section 2.3.1.2
ORIGINS_KEPT = 2_048
AGENT = "citekeep"  # the product token, RFC 9309 section 2.2.1
UNAVAILABLE_AGE = 3_600  # seconds that a 5xx or silence is believed: an outage is over sooner than rules change
REDIRECT_STATUS = {301, 302, 303, 307, 308}
IN_LOOP_BYTES = 16 * 2**10  # larger files are parsed and asked in a thread


@dataclass
class _Rules:
    """What one origin's robots.txt says. parser: None allows all. unavailable: forbids all for now. size: in bytes."""

    parser: Any = None
    unavailable: bool = False
    read_at: str = ""
    size: int = 0

    async def allows(self, url: str) -> bool:
        if self.parser is None:
            return True
        if self.size > IN_LOOP_BYTES:
            return bool(await asyncio.to_thread(self.parser.can_fetch, url, AGENT))
        return bool(self.parser.can_fetch(url, AGENT))

    def delay(self) -> float | None:
        seconds = self.parser.crawl_delay(AGENT) if self.parser is not None else None
        return float(seconds) if seconds is not None else None


class RobotsMiddleware:
    """Raises RobotsError for a request, at any hop, that robots.txt forbids, HostFailedError where no host answers.

    ``request.meta["robots"]``: facts of a lease that are still fresh, {origin: {"status", "body", "read_at"}}.
    ``request.meta["robots_read"]``: where facts read on the way are put for the recorder, in the same form.
    """

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self.crawler = crawler
        self.max_age = settings.getfloat("ROBOTSTXT_MAX_AGE")
        self.rules: OrderedDict[str, _Rules] = OrderedDict()
        self.asking: dict[str, asyncio.Future[_Rules | None]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware; with ROBOTSTXT_OBEY off it is NotConfigured."""
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured("ROBOTSTXT_OBEY is off.")
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Pass a request that is allowed; raise RobotsError for one that is not."""
        if request.meta.get("purpose") == "robots" or (request.meta.get("terms") or {}).get("robots") == "ignore":
            return
        origin = origin_of(request.url)
        rules = await self._known(origin, request) or await self._read_once(origin, request)
        if rules.unavailable:
            raise RobotsError(f"{origin}/robots.txt could not be read: not now.", reason="robots_unavailable")
        if not await rules.allows(request.url):
            raise RobotsError(f"{origin}/robots.txt forbids {request.url}.", reason="robots")
        request.meta["crawl_delay"] = rules.delay()  # downloadermiddlewares/pace keeps it

    # --- the cache ---

    async def _known(self, origin: str, request: Request) -> _Rules | None:
        rules = self.rules.get(origin)
        if rules is None:
            facts = (request.meta.get("robots") or {}).get(origin)
            if facts is None:
                return None
            rules = self._keep(origin, await _rules_of(facts))
        max_age = min(self.max_age, UNAVAILABLE_AGE) if rules.unavailable else self.max_age
        if clock.timestamp() - clock.parse(rules.read_at) > max_age:
            self.rules.pop(origin, None)
            return None
        return self._keep(origin, rules)

    def _keep(self, origin: str, rules: _Rules) -> _Rules:
        self.rules[origin] = rules
        self.rules.move_to_end(origin)
        while len(self.rules) > ORIGINS_KEPT:
            self.rules.popitem(last=False)
        return rules

    async def _read_once(self, origin: str, request: Request) -> _Rules:
        while (waiting := self.asking.get(origin)) is not None:
            rules = await asyncio.shield(waiting)
            if rules is not None:
                return rules
        future = self.asking[origin] = asyncio.get_running_loop().create_future()
        rules = None
        try:
            rules = await self._read(origin, request)
            return rules
        finally:
            del self.asking[origin]
            future.set_result(rules)  # None where it failed: whoever waits asks for itself

    # --- reading ---

    async def _read(self, origin: str, request: Request) -> _Rules:
        url: str | None = f"{origin}/robots.txt"
        hops = 0
        while url is not None and hops <= REDIRECTS:
            status, location, body = await self._fetch(url, request)
            url = _onward(url, location) if status in REDIRECT_STATUS else None
            hops += 1
        facts = {"status": status, "body": body, "read_at": clock.now()}
        request.meta.setdefault("robots_read", {})[origin] = facts
        return self._keep(origin, await _rules_of(facts))

    async def _fetch(self, url: str, request: Request) -> tuple[int | None, str, bytes]:
        """Return (status or None for silence, Location, body); raise what the page would meet as well."""
        same = origin_of(url) == origin_of(request.url)
        meta = {
            "purpose": "robots",
            "hop": 0,
            "download_slot": site_of(url),
            "verbatim_url": True,
            "lease": request.meta.get("lease"),
            "cookiejar": request.meta.get("cookiejar"),
            "terms": request.meta.get("terms"),
            "requests": request.meta.get("requests"),
            "dont_redirect": True,
            "download_maxsize": PARSED_BYTES * 4,
        }
        asked = Request(url, meta=meta, dont_filter=True)
        try:
            response = await self.crawler.engine.download_async(asked)
        except LeaseLostError:
            raise
        except Exception as error:
            logger.debug("robots.txt failed: %s: %s", type(error).__name__, url)
            exchange = self._note(asked, request)
            if same and isinstance(error, NotAskedError):
                raise
            if same and exchange is not None and exchange.status is None:
                # RFC 9309 forbids the page then, and asking it only to see it fail alike would tell nothing more.
                raise HostFailedError(f"{origin_of(url)} cannot be reached: {exchange.error}.") from error
            return None, "", b""
        self._note(asked, request)
        if {"bad_encoding", "too_large"} & set(response.flags) and response.headers.get("Content-Encoding"):
            return None, "", b""  # rules that cannot be decoded are rules all the same
        location = (response.headers.get("Location") or b"").decode("latin-1")
        return response.status, location, response.body[:PARSED_BYTES]

    def _note(self, asked: Request, request: Request) -> Any:
        exchange, exchanges = asked.meta.get("exchange"), request.meta.get("exchanges")
        if exchange is not None and exchanges is not None:
            exchanges.append(exchange)
        return exchange


def _onward(url: str, location: str) -> str | None:
    """Return where a redirect leads, as it goes over the wire, or None where that is no web address."""
    try:
        return request_form(urljoin(url, location))[0] if location else None
    except (InputError, ValueError):
        return None


async def _rules_of(facts: dict[str, Any]) -> _Rules:
    status, read_at = facts["status"], facts["read_at"]
    if status is None or status >= 500 or status == 429:  # 429 is a server that asks for less, not one without rules
        return _Rules(unavailable=True, read_at=read_at)
    if not 200 <= status < 300:
        return _Rules(read_at=read_at)  # RFC 9309 section 2.3.1.3: 4xx, and redirects that lead nowhere, allow all
    body = facts["body"] or b""
    parser = await asyncio.to_thread(parse, body) if len(body) > IN_LOOP_BYTES else parse(body)
    return _Rules(parser, read_at=read_at, size=len(body))


_USER_AGENT = re.compile(r"\s*user(?:-|\s*)agent\b\s*:?\s*([^#]*)", re.IGNORECASE)
_PRODUCT_TOKEN = re.compile(r"[a-z_-]+")  # RFC 9309 section 2.2.1; what follows it, a version, is no part of it


def parse(body: bytes) -> Protego:
    """Return the rules of a robots.txt; never raises.

    Groups for others share one name: Protego applies each rule to each agent of its group, so a file that names tens
    of thousands of them would cost minutes.
    """
    text = body[:PARSED_BYTES].decode("utf-8-sig", errors="replace")
    return Protego.parse("\n".join(_only_ours(line) for line in text.splitlines()))


def _only_ours(line: str) -> str:
    found = _USER_AGENT.match(line)
    if found is None:
        return line
    name = found[1].strip().lower()
    if name in {"", "*"}:
        return line
    token = _PRODUCT_TOKEN.match(name)
    return f"User-agent: {AGENT if token and token[0] == AGENT else 'somebody-else'}"
