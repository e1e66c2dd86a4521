"""150: asks beside a page what its verdict needs to know, and has it judged again."""

from __future__ import annotations

import logging
import random
from typing import TYPE_CHECKING, Any, Self

from citekeep import clock
from citekeep.exceptions import CitekeepError, LeaseLostError
from citekeep.items import Check
from citekeep.probing import LETTER_COUNT, LETTERS, cache_key, known, probe_url, read_probe
from citekeep.readings import judge_again
from citekeep.verdicts import Observation, judge, observation_of, with_page
from citekeep.verdicts.loading import loaded

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)

LOOKED_AT = 16_384
"""Bytes of a body that are judged in the event loop: a millisecond's work."""


class AskProbesPipeline:
    """Fills in ``Check.verdict`` where a probe helps: asked once of a directory or host, remembered, written to the WARC.

    Needs a spider that probes (spiders/due.py) and extensions/open_archive. A probe that may not or cannot be made leaves
    the verdict as it is.
    """

    def __init__(self, crawler: Any, *, enabled: bool) -> None:
        self.crawler = crawler
        self.enabled = enabled

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline, which reads PROBES_ENABLED."""
        return cls(crawler, enabled=crawler.settings.getbool("PROBES_ENABLED"))

    async def process_item(self, item: Any) -> Any:
        """Return the item, judged with what was learned beside it."""
        if self.enabled and isinstance(item, Check) and item.reason is None and item.link.local_body is None:
            await self._probe(item)
        return item

    async def _probe(self, check: Check) -> None:
        history = check.link.history
        seen = observation_of(check, words=tuple(history.get("words") or ()))
        if check.verdict is None or check.verdict.wants:
            await loaded()
        if check.verdict is None:
            check.verdict = judge(with_page(seen, check.body[:LOOKED_AT], check.encoding), history)
        tried: set[str] = set()
        while (kind := next((kind for kind in check.verdict.wants if kind not in tried), None)) is not None:
            tried.add(kind)
            try:
                fact = await self._fact(check, kind, seen)
            except LeaseLostError:
                return
            except CitekeepError as error:  # it may not be asked
                logger.debug("No probe of %s: %s", check.requested_url, error)
                continue
            if fact is not None:
                check.probes[kind] = fact
                check.verdict = await self._judged(check, observation_of(check, words=seen.words)) or check.verdict

    async def _fact(self, check: Check, kind: str, seen: Observation) -> dict[str, Any] | None:
        """Return what a probe says: what is remembered, or asked now."""
        spider, url = self.crawler.spider, check.requested_url
        remembered = spider.probes_known(check)
        fact = known(kind, url, remembered, clock.timestamp())
        if fact is not None:
            return fact
        letters = "".join(random.choices(LETTERS, k=LETTER_COUNT))  # noqa: S311 - nobody has to guess it
        address = probe_url(kind, url, check.error, letters)
        if address is None:
            return None
        self.crawler.stats.inc_value(f"ask_probes/{kind}")
        response = await spider.probe(check, address)
        found = _observation(address, response, check, seen)
        body = response.body if response is not None else b""
        if len(body) > LOOKED_AT:
            workers = self.crawler.archive.workers
            try:
                fact = await workers.run(read_probe, kind, found, body, None, clock.now())
            except Exception as error:  # noqa: BLE001 - a page that costs its worker tells nothing
                logger.info("The probe %s could not be read: %s", address, type(error).__name__)
                return None
        else:
            fact = read_probe(kind, found, body, None, clock.now())
        key = cache_key(kind, url)
        if key is not None:
            check.probes_made.setdefault(key[0], {})[key[1]] = fact
            remembered.setdefault(key[0], {})[key[1]] = fact
        return fact

    async def _judged(self, check: Check, seen: Observation) -> Any:
        history = check.link.history
        if len(check.body) <= LOOKED_AT:
            return judge(with_page(seen, check.body, check.encoding, check.extraction), history)
        try:
            return await self.crawler.archive.workers.run(
                judge_again, check.body, seen, history, check.encoding, check.extraction
            )
        except Exception as error:  # noqa: BLE001 - the first verdict stands
            logger.info("%s could not be judged again: %s", check.requested_url, type(error).__name__)
            return None


def _observation(address: str, response: Response | None, check: Check, seen: Observation) -> Observation:
    last = next((one for one in reversed(check.exchanges) if one.purpose in {"probe", "robots"}), None)
    if response is None:
        error = last.error if last else None
        return Observation(requested_url=address, error=error or "other", words=seen.words)
    content_type = response.headers.get("Content-Type")
    return Observation(
        requested_url=address,
        final_url=response.url,
        status=response.status,
        headers=tuple(last.headers) if last else (),
        content_type=content_type.decode("latin-1")[:200] if content_type else None,
        words=seen.words,
    )
