"""The fields of a source: each takes a value as TOML gives it and returns it as Citekeep keeps it, or raises Fault."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from citekeep.durations import seconds_of
from citekeep.exceptions import InputError
from citekeep.urls import canonical, is_http, parse_input

NAME_MAX, TEXT_MAX = 64, 2_000  # characters
EVERY_LEAST = 300  # seconds: whoever looks more often asks a feed for what its own Cache-Control forbids
EVERY_MOST = 366 * 86_400

_NAME = re.compile(r"[\w.-]+")


class Fault(Exception):
    """What is wrong with a value, as the end of a sentence that begins with its field's name."""


def _word(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Fault("must be a text in quotation marks.")
    if any(ord(character) < 32 and character not in "\n\t" for character in value) or "\x7f" in value:
        raise Fault("holds control characters.")
    return value.strip()


def _name(value: Any, _: Path) -> str:
    name = _word(value)
    if not _NAME.fullmatch(name) or len(name) > NAME_MAX:
        raise Fault(f"must be of letters, digits, '.', '_' and '-', {NAME_MAX} at most; it is {name[:80]!r}.")
    return name


def _line(value: Any, _: Path) -> str:
    text = _word(value)
    if "\n" in text or len(text) > 300:
        raise Fault("must be one line of 300 characters at most.")
    return text


def _ascii_line(value: Any, path: Path) -> str:
    text = _line(value, path)
    if not text.isascii():
        raise Fault("goes into a header of HTTP: write it in ASCII.")
    return text


def _free(value: Any, _: Path) -> str:
    text = _word(value)
    if len(text) > TEXT_MAX:
        raise Fault(f"is longer than {TEXT_MAX:,} characters.")
    return text


def _url(value: Any, _: Path) -> str:
    try:
        url = parse_input(_word(value))
    except InputError as error:
        raise Fault(f"is no URL that can be asked: {error}") from error
    if not is_http(url):
        raise Fault("must be an http or https URL.")
    if urlsplit(url).username or urlsplit(url).password:
        raise Fault("holds a name or password: what is in this file is recorded. Such pages cannot be asked.")
    return url


def _list(value: Any, path: Path) -> str:
    text = _word(value)
    return str((path.parent / Path(text).expanduser()).resolve())


def _pattern(value: Any, path: Path) -> str:
    text = _line(value, path)
    try:
        key = canonical(text)
    except InputError as error:
        raise Fault(f"is no URL with * for any characters: {error}") from error
    if "*" not in key:
        raise Fault("has no *, so that it could match one page alone; name that as an article.")
    if "*" in urlsplit(key).netloc:
        raise Fault("has a * in its host: articles of other hosts are cited, not listed.")
    return key


def _every(value: Any, _: Path) -> int:
    seconds = seconds_of(value) if isinstance(value, str) else None
    if seconds is None:
        raise Fault('must be a number with m, h, d or w: "30m", "6h", "1d", "2w".')
    if not EVERY_LEAST <= seconds <= EVERY_MOST:
        raise Fault("must lie between 5 minutes and a year.")
    return seconds


def _day(value: Any, _: Path) -> str:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value.isoformat()
    try:
        return dt.date.fromisoformat(value.strip()).isoformat()
    except (AttributeError, TypeError, ValueError) as error:
        raise Fault("must be a day: 2026-01-31.") from error


def _one_of(*allowed: str) -> Callable[[Any, Path], str]:
    def field(value: Any, _: Path) -> str:
        if value not in allowed:
            raise Fault(f"must be {' or '.join(repr(one) for one in allowed)}.")
        return str(value)

    return field


def _publicity(value: Any, path: Path) -> bool:
    return _one_of("public", "private")(value, path) == "public"


def _proxy(value: Any, _: Path) -> str:
    text = _word(value)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise Fault(f"is no address of a proxy: {error}.") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or port is None or parts.path not in {"", "/"}:
        raise Fault('must be "http://host:port".')
    if parts.username or parts.password:
        raise Fault("holds a name or password: what is in this file is recorded.")
    return f"{parts.scheme}://{parts.netloc}"


FIELDS: dict[str, Callable[[Any, Path], Any]] = {
    "name": _name,
    "article": _url,
    "list": _list,
    "feed": _url,
    "sitemap": _url,
    "section": _url,
    "pattern": _pattern,
    "collection": _line,
    "every": _every,
    "since": _day,
    "depth": _one_of("citations", "article"),
    "publicity": _publicity,
    "robots": _one_of("obey", "ignore"),
    "robots_reason": _free,
    "signals": _one_of("obey", "ignore"),
    "signals_reason": _free,
    "legal_basis": _free,
    "rights": _free,
    "user_agent": _ascii_line,
    "contact": _ascii_line,
    "proxy": _proxy,
}
"""By their names in sources.toml."""
