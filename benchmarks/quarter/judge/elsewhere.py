"""The Wayback Machine: its limits, no page handed in twice, nothing private named."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from itertools import pairwise
from urllib.parse import unquote

from benchmarks.quarter.judge.finding import Finding
from benchmarks.quarter.judge.known import Known, told
from benchmarks.quarter.runs import QUOTA
from benchmarks.quarter.world import DAY

AGAIN = 30 * DAY  # a snapshot younger than that is not saved again (SNAPSHOT_MAX_AGE_DAYS)
RESERVE = 0.1


def limits(known: Known) -> Finding:
    """The stand-in never had to say that it was asked too much, by the minute or by the day."""
    finding = Finding("limits of the Wayback Machine are kept")
    standin = known.runs.standin
    for pool, times in standin.limits.asked.items():
        refused = standin.limits.throttled[pool]
        finding.counted += times
        finding.wrong += [f"{pool}: {refused} of {times} requests were too many"] * bool(refused)
    days = Counter(time.strftime("%Y-%m-%d", time.gmtime(job.begins)) for job in standin.jobs.jobs.values())
    for day, captures in days.items():
        finding.check(captures <= QUOTA * (1 - RESERVE) + 1, f"{day}: {captures} captures of {QUOTA}")
    finding.told = {"captures": days.total(), "most in a day": max(days.values(), default=0)} | dict(
        standin.limits.asked
    )
    return finding


def once(known: Known) -> Finding:
    """No page was handed in again while a good capture of it was young, or might have come about."""
    finding = Finding("no page is handed in twice")
    jobs = defaultdict(list)
    for job in known.runs.standin.jobs.jobs.values():
        jobs[job.url].append(job)
    for url, every in jobs.items():
        every.sort(key=lambda job: job.begins)
        finding.counted += 1
        for before, after in pairwise(every):
            young = after.begins - before.begins < (DAY if before.lost else AGAIN)
            failed = before.answer.get("status") == "error" and not before.lost
            known_page = known.world.page(url) is not None
            bad = known_page and known.world.fate(url, before.begins) is not None  # it shows what had befallen the page
            if young and not failed and not bad:
                finding.wrong.append(f"{url}: at {told(before.begins)} and again at {told(after.begins)}")
    states = dict(known.ask("SELECT state, count(*) FROM saves GROUP BY state ORDER BY 2 DESC"))
    finding.told = {"wishes": states}
    return finding


def private(known: Known) -> Finding:
    """What is private has no wish, and its address was never named elsewhere."""
    finding = Finding("nothing private is named elsewhere")
    named = " ".join(unquote(logged.url) for logged in known.runs.requests)
    named += " ".join(job.url for job in known.runs.standin.jobs.jobs.values())
    for url, saves in known.ask(
        "SELECT url, (SELECT count(*) FROM saves WHERE link_id = l.id) FROM links AS l WHERE public = 0"
    ):
        finding.check(saves == 0, f"{url}: {saves} wishes")
        finding.check(url not in named, f"{url}: named to the Wayback Machine")
    return finding
