"""Deaths bracketed by dates, revivals noticed, refusals not taken for deaths, our own outages held against nobody."""

from __future__ import annotations

from collections import Counter
from statistics import median

from benchmarks.quarter.judge.finding import Finding
from benchmarks.quarter.judge.known import Check, Known, seconds, told
from benchmarks.quarter.world import DAY

NEEDED, APART = 3, 3 * DAY  # strikes that make a link dead, and the time between two of them (settings.py)
ONE_LOOK = 60.0  # seconds within which a look's time and the archive's may lie apart


def _links(known: Known) -> list[tuple[str, str, str | None, str | None]]:
    rows = known.ask("SELECT url, standing, alive_until, dead_by FROM links WHERE last_check_id IS NOT NULL")
    return [row for row in rows if known.world.page(row[0]) is not None]


def _asked(checks: list[Check]) -> list[Check]:
    return [check for check in checks if check.group != "not_checked"]


def bracketed(known: Known) -> Finding:
    """A link that is held for dead was dead when it was last looked at, and its death lies between the two dates."""
    finding = Finding("deaths lie between the day a page was last seen and the day it was found dead")
    widths = []
    for url, standing, alive, dead in _links(known):
        checks = _asked(known.checks[url])
        if standing != "dead" or not checks:
            continue
        since = known.world.dead_since(url, checks[-1].at)
        if since is None:
            finding.check(False, f"{url}: held for dead at {told(checks[-1].at)}, but it was there")
            continue
        seen = any(check.group == "alive" for check in checks)
        finding.check(dead is not None and (alive is not None or not seen), f"{url}: dead between {alive} and {dead}")
        if dead is not None:
            finding.check(since <= seconds(dead) + 1, f"{url}: dead since {told(since)}, said to be by {dead}")
        if alive is not None:
            finding.check(seconds(alive) <= since, f"{url}: dead since {told(since)}, said to be alive until {alive}")
        if alive is not None and dead is not None:
            widths.append((seconds(dead) - seconds(alive)) / DAY)
    finding.told = {
        "dead links": sum(row[1] == "dead" for row in _links(known)),
        "days between the two dates, median": round(median(widths), 1) if widths else None,
    }
    return finding


def noticed(known: Known) -> Finding:
    """A link that struck often enough, days apart, is held for dead; one that was there again is alive again."""
    finding = Finding("deaths and revivals are noticed")
    count: Counter[str] = Counter()
    for url, standing, _, _ in _links(known):
        checks = _asked(known.checks[url])
        if not checks:
            continue
        last = checks[-1]
        since = known.world.dead_since(url, last.at)
        fate = known.world.fate(url, last.at)
        if since is not None:
            strikes = _apart([check.at for check in checks if check.at >= since])
            finding.check(
                strikes < NEEDED or standing == "dead", f"{url}: {strikes} strikes since {told(since)}: {standing}"
            )
            count["dead"] += standing == "dead"
        elif fate is None:
            finding.check(standing == "alive", f"{url}: there at {told(last.at)}, but {standing} ({last.verdict})")
            count["revived"] += any(check.group in {"dead", "dead_soft"} for check in checks) and standing == "alive"
        elif fate.name == "wall":
            finding.check(standing == "refused", f"{url}: walled at {told(last.at)}, but {standing} ({last.verdict})")
            count["refused"] += 1
        elif fate.name == "usurped":
            finding.check(
                last.verdict in {"usurped", "content_drift"} or not _seen_before(known, url, checks),
                f"{url}: somebody else's at {told(last.at)}, but {last.verdict}",
            )
            count["usurped"] += last.verdict == "usurped"
            count["usurped, and never seen before"] += not _seen_before(known, url, checks)
        else:
            finding.check(standing != "dead", f"{url}: {fate.name} at {told(last.at)}, but dead")
    finding.told = dict(count) | {"refused at some time": _verdicts(known, "bot_wall", "access_denied")}
    return finding


def _seen_before(known: Known, url: str, checks: list[Check]) -> bool:
    """Return whether a page that is somebody else's was looked at while it was not: else nobody could tell."""
    since = known.world.usurped_since(url, checks[-1].at)
    return since is not None and any(check.group == "alive" and check.at < since for check in checks)


def vouched(known: Known) -> Finding:
    """Of a page that is somebody else's, no snapshot of since then is called good, and no life is said to be proved."""
    finding = Finding("nothing vouches for what somebody else shows")
    for url, _, alive, _ in _links(known):
        checks = _asked(known.checks[url])
        since = known.world.usurped_since(url, checks[-1].at) if checks else None
        if since is None or not _seen_before(known, url, checks):
            continue
        finding.check(alive is None or seconds(alive) <= since, f"{url}: usurped {told(since)}, alive until {alive}")
        for at, quality in known.ask(
            "SELECT memento_at, quality FROM mementos JOIN links AS l ON l.id = link_id WHERE l.url = ?", url
        ):
            good = quality in {"verified", "identical"}
            finding.check(
                not good or seconds(at) <= since, f"{url}: usurped {told(since)}, but its snapshot of {at} is {quality}"
            )
    return finding


def _verdicts(known: Known, *names: str) -> int:
    return sum(any(check.verdict in names for check in checks) for checks in known.checks.values())


def _apart(times: list[float]) -> int:
    """Return how many of the times lie APART from the one counted before."""
    number, last = 0, float("-inf")
    for at in times:
        if at - last >= APART:
            number, last = number + 1, at
    return number


def moved(known: Known) -> Finding:
    """What moved to another domain is alive, and its checks name where it is now."""
    finding = Finding("pages that moved are found where they are")
    for site in known.world.moved.values():
        begun = next(episode.begins for episode in site.episodes if episode.fate == "moved")
        for page in site.pages.values():
            later = [check for check in _asked(known.checks[site.url(page.path)]) if check.at >= begun]
            for check in later[-1:]:
                finding.check(
                    check.group == "alive" and f"www.{site.moved_to}" in (check.final_url or ""),
                    f"{check.url}: {check.verdict} at {check.final_url}, though it moved to {site.moved_to}",
                )
    return finding


def not_ours(known: Known) -> Finding:
    """While our own network was down, no link was held to have failed."""
    finding = Finding("outages of our own strike nobody")
    dark = [run for run in known.runs.done if run.dark]
    for checks in known.checks.values():
        for check in checks:
            for run in dark:
                if run.begun - 1 <= check.at <= run.ended:
                    finding.check(
                        check.group == "not_checked", f"{check.url}: {check.verdict} by run {run.number}, in the dark"
                    )
    finding.told = {"runs without a network": len(dark)}
    return finding
