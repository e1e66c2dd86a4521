"""Settings that make no sense are refused with a sentence before anything is asked."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from citekeep import urls
from citekeep.addresses import Guard
from citekeep.connect_to import ConnectTo, parse_servers
from citekeep.exceptions import SettingsError
from citekeep.reservations import SIGNALS
from citekeep.verdicts import fingerprints

LEAST: dict[str, float] = {
    "LEASE_SECONDS": 10,
    **dict.fromkeys(
        (
            "CONCURRENT_REQUESTS", "CONCURRENT_REQUESTS_PER_DOMAIN", "CONCURRENT_ITEMS", "CHECK_AFTER_DAYS",
            "ARTICLE_AGAIN_HOURS", "STRIKES_TO_DIE", "DOWNLOAD_TIMEOUT", "CONNECT_TIMEOUT", "DOWNLOAD_MAXSIZE", "HEADERS_MAXSIZE",
            "EXTRACT_TIMEOUT", "DNS_TIMEOUT", "WARC_MAXSIZE", "REQUISITE_MAXSIZE",
            "DISK_CHECK_EVERY", "ALARM_TIMEOUT", "BACKUP_KEEP", "DIGEST_KEEP",
        ),
        1,
    ),
    **dict.fromkeys(
        (
            "STRIKE_DAYS", "OUTAGE_PATIENCE", "ROBOTSTXT_MAX_AGE", "CRAWL_DELAY_MAX", "DOWNLOAD_DELAY", "DOWNLOAD_WARNSIZE",
            "REDIRECT_MAX_TIMES", "EXTRACT_MEMORY", "EXTRACT_WORKERS", "CITATIONS_PER_ARTICLE", "SNAPSHOT_MAX_AGE_DAYS",
            "SNAPSHOT_WAIT", "SNAPSHOT_QUOTA_RESERVE", "AS_CITED_WITHIN_DAYS", "DISK_FREE_MIN",
            "DISK_FULL_DAYS", "OUTLET_ARTICLES", "FEED_SILENT_TIMES", "FEED_FAILURES", "SAVES_REFUSED", "RUNS_LATE_HOURS",
            "WARCS_PER_RUN", "BACKUP_EVERY", "CONDITIONAL_DAYS",
            "REQUISITES_PER_ARTICLE", "REQUISITES_MAXSIZE", "REQUISITE_AGAIN_DAYS", "REQUISITES_WITHIN",
            "SITE_DELAY_MAX", "SITE_DELAY_RECOVERY", "RETRY_AFTER_MAX", "SITE_WALLS", "SITE_PAUSE_DAYS",
            "SITE_PAUSE_MAX_DAYS", "SITE_REQUESTS_PER_RUN", "SITE_REQUESTS_PER_DAY",
        ),
        0,
    ),
}  # fmt: skip
"""Every setting of settings.py that is a number, with the least that makes sense; tests/test_docs.py holds the names."""

WHOLE = frozenset(
    {
        "AS_CITED_WITHIN_DAYS", "BACKUP_KEEP", "CITATIONS_PER_ARTICLE", "CONCURRENT_ITEMS", "CONCURRENT_REQUESTS",
        "CONCURRENT_REQUESTS_PER_DOMAIN", "DIGEST_KEEP", "DISK_FREE_MIN", "DOWNLOAD_MAXSIZE", "EXTRACT_MEMORY",
        "EXTRACT_WORKERS", "FEED_FAILURES", "HEADERS_MAXSIZE", "OUTLET_ARTICLES", "REDIRECT_MAX_TIMES", "REQUISITES_MAXSIZE",
        "REQUISITES_PER_ARTICLE", "REQUISITE_MAXSIZE", "SAVES_REFUSED", "SITE_REQUESTS_PER_DAY", "SITE_REQUESTS_PER_RUN",
        "SITE_WALLS", "STRIKES_TO_DIE", "WARCS_PER_RUN", "WARC_MAXSIZE",
    }
)  # fmt: skip
"""Those of them that are read as whole numbers: what int() takes."""

MOST = {
    "CHECK_AFTER_DAYS": 36_500, "ARTICLE_AGAIN_HOURS": 8_784, "STRIKES_TO_DIE": 1_000, "STRIKE_DAYS": 365, "EXTRACT_WORKERS": 256,
    "CONCURRENT_REQUESTS": 10_000, "SNAPSHOT_QUOTA_RESERVE": 1, "AS_CITED_WITHIN_DAYS": 36_500,
    "ALARM_TIMEOUT": 600, "BACKUP_EVERY": 3_650, "OUTLET_ARTICLES": 1_000,
    "REQUISITES_PER_ARTICLE": 5_000, "REQUISITE_AGAIN_DAYS": 36_500,
    "SITE_DELAY_MAX": 86_400, "SITE_DELAY_RECOVERY": 1, "RETRY_AFTER_MAX": 31_622_400, "SITE_WALLS": 100,
    "SITE_PAUSE_DAYS": 366, "SITE_PAUSE_MAX_DAYS": 3_660,
}  # fmt: skip


def check_settings(settings: Any) -> None:
    """Raise SettingsError here, in a sentence, for what would otherwise fail deep inside a started reactor."""
    for name in ("ROBOTSTXT_OBEY", "PROBES_ENABLED", "SNAPSHOTS_ENABLED", "REQUISITES_ENABLED", "EXTRACT_ENABLED"):
        try:
            settings.getbool(name)
        except ValueError:
            raise SettingsError(f"{name}: {str(settings[name])[:40]!r} is neither 1 nor 0.") from None
    for name, least in LEAST.items():
        try:
            number = (int if name in WHOLE else float)(settings[name])
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        most = MOST.get(name, 1e15)
        if not least <= number <= most:
            kind = "whole number" if name in WHOLE else "number"
            raise SettingsError(f"{name}: {str(settings[name])[:40]!r} is no {kind} from {least:g} to {most:g}.")
    agent = str(settings["USER_AGENT"] or "")
    if not agent.strip() or not (agent.isascii() and agent.isprintable()):
        raise SettingsError(f"USER_AGENT: {agent[:40]!r} is no line of ASCII that says who asks.")
    ConnectTo.parse(_mapping(settings, "CONNECT_TO"))
    Guard.parse(settings.getlist("ADDRESS_GUARD_ALLOW"))
    parse_servers(settings.getlist("DNS_SERVERS"))
    for path in fingerprints.paths_of(settings):
        fingerprints.read(Path(path))
    unknown = [name for name in settings.getlist("NOT_SAVED_FOR") if name not in SIGNALS]
    if unknown:
        raise SettingsError(f"NOT_SAVED_FOR: {unknown[0][:40]!r} is none of {', '.join(SIGNALS)}.")
    for url in settings.getlist("CONTROL_URLS"):
        if not urls.is_http(url):
            raise SettingsError(f"CONTROL_URLS: {url[:100]!r} is no http or https URL.")


def _mapping(settings: Any, name: str) -> dict[str, str]:
    try:
        return dict(settings.getdict(name))
    except (ValueError, TypeError) as error:
        raise SettingsError(f"{name} is no JSON object: {error}.") from error
