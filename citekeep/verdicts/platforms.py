"""Posts: platforms that show a program a log-in or an empty page, and where they tell whether a post is there.

platforms.toml names them; a post is asked for where its platform tells the truth to those who embed it. What a platform
says that is not in the file is no answer: the link stays what its own page made of it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from citekeep.verdicts.page import Match, Page, Rule

_LOOKED_AT = 100_000  # characters of an answer in which marks are looked for
PAGE_LOOKED_AT = 1_500
"""Characters of a post's own page, behind the words that platforms.toml names, in which marks are looked for."""


@dataclass(frozen=True)
class Says:
    """What an answer means: said is present, gone, private or refused; status and texts (any of them) by which it is known."""

    said: str
    statuses: frozenset[int]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Platform:
    """One platform; platforms.toml says what the fields mean."""

    name: str
    hosts: frozenset[str]
    post: re.Pattern[str]
    probe: str
    says: tuple[Says, ...]
    page_after: str = ""
    page: tuple[Says, ...] = ()


@cache
def platforms() -> tuple[Platform, ...]:
    """Return the platforms of the file, in its order."""
    read = tomllib.loads((Path(__file__).parent / "platforms.toml").read_text(encoding="utf-8"))
    return tuple(_platform(entry) for entry in read["platform"])


@cache
def hosts() -> frozenset[str]:
    """Return the hosts of all platforms, without what stands before their name."""
    return frozenset().union(*(platform.hosts for platform in platforms()))


def _platform(entry: dict[str, Any]) -> Platform:
    says, page = _says(entry["says"]), _says(entry.get("page", ()))
    return Platform(
        entry["name"], frozenset(entry["hosts"]), re.compile(entry["post"]), entry["probe"], says,
        entry.get("page_after", ""), page,
    )  # fmt: skip


def _says(entries: Iterable[dict[str, Any]]) -> tuple[Says, ...]:
    return tuple(
        Says(told["said"], frozenset(told.get("statuses", ())), tuple(text.lower() for text in told.get("texts", ())))
        for told in entries
    )


def platform_of(url: str) -> tuple[Platform, re.Match[str]] | None:
    """Return the platform whose post a URL names, with what the URL says of the post; None where it names none."""
    try:
        parts = urlsplit(url[:2_000])
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.").removeprefix("mobile.")
    except ValueError:
        return None
    if host not in hosts():
        return None
    query = "&".join(f"{name}={value}" for name, value in sorted(parse_qsl(parts.query, max_num_fields=None)))
    for platform in platforms():
        found = platform.post.match(f"{parts.path}?{query}") if host in platform.hosts else None
        if found is not None:
            return platform, found
    return None


def post_probe(url: str) -> str | None:
    """Return where a platform tells of the post that a URL names; None where it names none."""
    found = platform_of(url)
    if found is None:
        return None
    platform, post = found
    parts = {name: quote(value or "", safe="") for name, value in post.groupdict().items()}
    return platform.probe.format(url=quote(url, safe=""), **parts)


def said_of_post(probe: str, page: Page) -> dict[str, Any]:
    """Return {"platform", "said", "mark"} of an answer to a probe; {} where it says nothing that is known."""
    for platform in platforms():
        if _asks(platform, probe):
            text = page.body[:_LOOKED_AT].lower()
            for says in platform.says:
                mark = _mark(says, page.status, text)
                if mark is not None:
                    return {"platform": platform.name, "said": says.said, "mark": mark}
    return {}


def _said_by_page(page: Page) -> dict[str, Any]:
    """Return what said_of_post does, of what a post's own page says."""
    found = platform_of(page.final_url)
    if found is None or not found[0].page:
        return {}
    _, there, text = page.lower.partition(found[0].page_after)
    text = text[:PAGE_LOOKED_AT] if there else ""
    marks = ((says, _mark(says, page.status, text)) for says in found[0].page)
    told = next(((says, mark) for says, mark in marks if mark is not None), None)
    return {"platform": found[0].name, "said": told[0].said, "mark": told[1]} if told else {}


def _asks(platform: Platform, probe: str) -> bool:
    return probe.startswith(platform.probe.partition("{")[0])


def _mark(says: Says, status: int | None, text: str) -> str | None:
    if says.statuses and status not in says.statuses:
        return None
    if not says.texts:
        return str(status)
    return next((known for known in says.texts if known in text), None)


def _post(said: str, *, by_status: bool | None = None) -> Any:
    def find(page: Page) -> Match | None:
        fact = page.seen.probes.get("post") or _said_by_page(page)
        if fact.get("said") != said:
            return None
        mark = str(fact.get("mark"))
        if by_status is not None and mark.isdigit() is not by_status:
            return None
        where = "probe" if "url" in fact else "markup"
        facts = {"platform": fact.get("platform"), "probe": fact.get("url")}
        return Match(matched=mark[:200], where=where, facts=facts)

    return find


POSTS: tuple[Rule, ...] = (
    Rule("post_not_found", "not_found", _post("gone", by_status=True)),
    Rule("post_gone", "soft_404", _post("gone", by_status=False)),
    Rule("post_private", "paywall_or_login", _post("private")),
    Rule("post_refused", "access_denied", _post("refused")),
    Rule("post_present", "alive", _post("present")),
)
