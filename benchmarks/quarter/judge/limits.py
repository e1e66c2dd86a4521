"""No limit was ever exceeded: of the sites that were asked, by the world's own log."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from protego import Protego

from benchmarks.quarter.judge.finding import Finding
from benchmarks.quarter.judge.known import Known, told
from benchmarks.quarter.runs import SETTINGS
from benchmarks.quarter.serve import Asked
from benchmarks.quarter.world import DAY

SAME_TIME = 120.0  # seconds: what seems further ahead is of a clock that was turned
LATE = 0.3  # seconds by which a request may come late on a busy machine, and so seem near to the next
BELIEVED = DAY + 300  # seconds that a robots.txt may be believed, and a run may take


def _by_site(known: Known) -> dict[str, list[Asked]]:
    found: dict[str, list[Asked]] = defaultdict(list)
    for asked in known.log:
        found[asked.site].append(asked)
    return found


def one_at_a_time(known: Known) -> Finding:
    """A registrable domain is asked one thing at a time, over all processes."""
    finding = Finding("one request at a time for each site")
    for site, every in _by_site(known).items():
        for before, after in pairwise(every):
            finding.check(
                after.at >= before.ended - 0.001,
                f"{site}: {after.url} at {told(after.at)} by {_who(after)} before {before.url} was answered",
            )
    return finding


def delays(known: Known) -> Finding:
    """Requests to a site come no faster than its Crawl-delay says, or ours.

    One that comes late on its way seems near to the next: what counts is by how much a row of them is ahead of its pace.
    """
    finding = Finding("the delay between two requests to a site is kept")
    most = {"ours": 0.0, "Crawl-delay": 0.0}
    for site, every in _by_site(known).items():
        found = known.world.find(site)
        asked_for = found[0].crawl_delay if found else None
        kind = "ours" if asked_for is None else "Crawl-delay"
        # Scrapy draws each delay of ours between a half and one and a half of it; a Crawl-delay is kept as it is.
        wanted = 0.5 * float(SETTINGS["DOWNLOAD_DELAY"]) if asked_for is None else asked_for  # type: ignore[arg-type]
        due, before = 0.0, None
        for asked in every:
            ahead = due - asked.at if due - asked.at < SAME_TIME else 0.0
            finding.check(
                ahead <= LATE,
                f"{site}: {asked.url} ({_who(asked)}) came {ahead:.3f} s too early, after {before and before.url}"
                f" ({_who(before)}), of {wanted:g} s",
            )
            most[kind] = max(most[kind], ahead)
            # What a robots.txt asks for is known once it has been read.
            due, before = max(due, asked.at) + (0.0 if asked.path == "/robots.txt" and asked_for else wanted), asked
    finding.told = {f"seconds too early at most, {kind}": round(ahead, 3) for kind, ahead in most.items()}
    return finding


def _who(asked: Asked | None) -> str:
    return asked.agent.rpartition("; ")[2].rstrip(")") if asked else "nobody"


def retry_after(known: Known) -> Finding:
    """A site that asks to be left alone for a time is, unless the run that was told so was killed."""
    finding = Finding("Retry-After is kept")
    forgotten = 0
    for site, every in _by_site(known).items():
        until, by = 0.0, None
        for asked in every:
            if asked.at < until and by is not None:
                if not known.certain(by):
                    forgotten += 1
                else:
                    late = f"not before {told(until)} (said at {told(by.at)})"
                    finding.check(False, f"{site}: {asked.url} at {told(asked.at)}, {late}")
            if asked.retry_after is not None and asked.at + asked.retry_after > until:
                finding.check(True, "")
                until, by = asked.at + min(asked.retry_after, DAY), asked
    finding.told = {"told to a run that was killed then": forgotten}
    return finding


def robots(known: Known) -> Finding:
    """Nothing is asked that the robots.txt forbids which was read last, and none is believed for longer than a day.

    What a run read that was killed then may be known or not: that reading and the one before it may both be kept.
    """
    finding = Finding("robots.txt is read and kept")
    read: dict[str, list[Asked]] = defaultdict(list)
    for asked in known.log:
        every = read[asked.url.partition("://")[0] + "://" + asked.url.split("/")[2]]
        if asked.path == "/robots.txt":
            if known.certain(asked):
                every.clear()
            every.append(asked)
            continue
        young = [one for one in every if asked.at - one.at < BELIEVED]
        finding.check(bool(young), f"{asked.url} at {told(asked.at)}: no robots.txt")
        if young:
            finding.check(any(_allows(one, asked.url) for one in young),
                          f"{asked.url} at {told(asked.at)}: forbidden by robots.txt of {told(young[-1].at)}")  # fmt: skip
    return finding


def _allows(read: Asked, url: str) -> bool:
    return read.status != 200 or Protego.parse(read.body.decode()).can_fetch(url, "citekeep")
