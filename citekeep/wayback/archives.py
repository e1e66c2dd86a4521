"""The setting MEMENTO_ARCHIVES: other archives that answer by the Memento protocol (RFC 7089)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from citekeep.exceptions import SettingsError
from citekeep.wayback.terms import SERVICE

_ENTRY = re.compile(r"([a-z][a-z0-9_-]{0,30})=(timegate:)?(https://[^\s#]+)")
_PLACE = "{url}"
_USER = re.compile(r"//.*@")  # a name and a password, which a message must not show
_WOULD_DO = '"name=https://host/timemap/link/{url}" or "name=timegate:https://host/{url}" would do'


@dataclass(frozen=True)
class Archive:
    """One archive. name: its service in archive.db. base: https://host[:port], the only host that is asked.

    template: path and query with {url} in it. timegate: whether it leads to the memento nearest to a time (TimeGate)
    instead of listing all (TimeMap).
    """

    name: str
    base: str
    template: str
    timegate: bool = False

    def path(self, url: str) -> str:
        """Return path and query of the question about a URL; within a query the URL is percent-encoded."""
        before, _, after = self.template.partition(_PLACE)
        return f"{before}{quote(url, safe='') if '?' in before else url}{after}"


def parse_archives(entries: Iterable[str]) -> tuple[Archive, ...]:
    """Return the archives that the setting names. Raises SettingsError for an entry that cannot be used."""
    archives: dict[str, Archive] = {}
    for entry in entries:
        archive = _archive(entry.strip())
        if archive.name in archives or archive.name == SERVICE:
            raise SettingsError(f"MEMENTO_ARCHIVES: the name {archive.name!r} is taken already.")
        archives[archive.name] = archive
    return tuple(archives.values())


def _archive(entry: str) -> Archive:
    found = _ENTRY.fullmatch(entry)
    netloc = _host(found[3]) if found is not None else None
    if found is None or netloc is None or _PLACE in netloc or entry.count(_PLACE) != 1:
        shown = _USER.sub("//", entry[:200])
        raise SettingsError(f"MEMENTO_ARCHIVES: {shown!r} cannot be used; {_WOULD_DO}.")
    template = found[3][len("https://") + len(netloc) :]
    return Archive(name=found[1], base=f"https://{netloc.lower()}", template=template, timegate=found[2] is not None)


def _host(url: str) -> str | None:
    """Return host and port of a URL; None where there is no host, a port that cannot be, or a password."""
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:  # a port that is none, brackets that do not match
        return None
    return parts.netloc if usable else None
