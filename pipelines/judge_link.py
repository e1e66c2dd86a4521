"""200: judges what a check saw, and concludes what holds of its link from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from citekeep import clock, values
from citekeep.items import Check, Judgement
from citekeep.schedule import Rules, schedule
from citekeep.verdicts import judge, observation_of, with_page
from citekeep.verdicts.loading import loaded
from citekeep.verdicts.network_rules import retry_after
from citekeep.verdicts.table import RULES_VERSION

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

LOOKED_AT = 16_384
"""Bytes of a body that are judged in the event loop: a millisecond's work."""


class JudgeLinkPipeline:
    """Fills in ``Check.judgement``: from the verdict of the worker that read the body, else from one of its own.

    Its own are quick: they concern checks without a body, or with a short one, or one that cost its worker.
    """

    def __init__(self, stats: Any, rules: Rules) -> None:
        self.stats = stats
        self.rules = rules

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline, which reads CHECK_AFTER_DAYS, ARTICLE_AGAIN_HOURS, STRIKES_TO_DIE and STRIKE_DAYS."""
        return cls(crawler.stats, Rules.of(crawler.settings))

    async def process_item(self, item: Any) -> Any:
        """Return the item with its judgement."""
        if isinstance(item, Check):
            if item.verdict is None:
                await loaded()
            item.judgement = self.judgement_of(item)
            self.stats.inc_value(f"judge_link/{item.judgement.verdict}")
        return item

    def judgement_of(self, check: Check) -> Judgement:
        """Return the judgement of one check, its link's history taken into account."""
        seen = observation_of(check, words=tuple(check.link.history.get("words") or ()))
        verdict = check.verdict or judge(with_page(seen, check.body[:LOOKED_AT], check.encoding), check.link.history)
        after = schedule(
            verdict.name,
            check.link.history,
            now=clock.now(),
            rules=self.rules,
            retry_after=retry_after(seen, clock.timestamp()),
            changed=_changed(check),
        )
        return Judgement(
            rules_version=RULES_VERSION,
            verdict=verdict.name,
            group=verdict.group,
            flags=verdict.flags,
            evidence=verdict.evidence | ({"struck": True} if after.struck else {}),
            standing=after.standing,
            strikes=after.strikes,
            next_check_at=after.next_check_at,
        )


def _changed(check: Check) -> bool:
    """Return whether a check saw another text than the one before; False where either saw none."""
    before, seen = check.link.history.get("last_text_sha256"), check.extraction
    if before is None or seen is None or not seen.text:
        return False
    return bool(before != values.text_sha256(seen.text))
