"""The key by which indexes of WARCs sort a URL: the form that pywb, cdxj-indexer and the Wayback Machine look it up by."""

from __future__ import annotations

import re
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

_KEPT = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"  # not percent-encoded in a key, as in the Wayback Machine's
_ROUNDS = 20  # of percent-decoding; what is encoded more often was made to cost time
_DEFAULT_PORTS = {"http": 80, "https": 443}
_WWW = re.compile(r"^www\d*\.")

_SESSIONS_IN_PATH = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"/(?:\((?:[a-z]\([0-9a-z]{24}\))+\)/)(?=[^?]+\.aspx)",
        r"/(?:\([0-9a-z]{24}\)/)(?=[^?]+\.aspx)",
    )
)
_SESSIONS_IN_QUERY = tuple(
    re.compile(pattern + r"(?:&|$)", re.IGNORECASE)
    for pattern in (
        "jsessionid=[0-9a-z]{32}",
        "phpsessid=[0-9a-z]{32}",
        "sid=[0-9a-z]{32}",
        "aspsessionid[a-z]{8}=[a-z]{24}",
        "cfid=[^&]+&cftoken=[^&]+",
    )
)
"""Identifiers of sessions that the Wayback Machine leaves out of its keys."""


def sort_key(url: str) -> str:
    """Return the key of a URL (SURT): "org,example)/path?a=1&b=2". Total: what is no URL is its own key, escaped.

    Host reversed, lower case, without www, scheme, user, default port, fragment, final slash and session identifiers,
    percent-encoding and dot segments undone, the query's parts in order.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return _escape(url)
    host = _WWW.sub("", re.sub(r"\.+", ".", parts.hostname or "").strip("."))
    if not host:
        return _escape(url)
    where = host if ":" in host else ",".join(reversed(host.split(".")))
    if port is not None and port != _DEFAULT_PORTS.get(parts.scheme):
        where += f":{port}"
    query = _query(parts.query)
    return _escape_spaces(f"{where}){_path(parts.path)}{'?' + query if query else ''}")


def _path(path: str) -> str:
    kept: list[bytes] = []
    *folders, last = _unescape(path).split(b"/")[1:] or [b""]
    for part in folders:
        _step(kept, part)
    _step(kept, last, is_last=True)
    text = _quote(b"/" + b"/".join(kept)).lower()
    for session in _SESSIONS_IN_PATH:
        text = session.sub("/", text, count=1)
    return text[:-1] if text.endswith("/") and len(text) > 1 else text


def _step(kept: list[bytes], part: bytes, *, is_last: bool = False) -> None:
    """Follow one segment of a path: "." stays, ".." goes back where there is somewhere to go back to."""
    if part == b"..":
        if kept:
            kept.pop()
        else:
            kept.append(part)
    elif part not in {b"", b"."} or (is_last and part == b"" and kept):
        kept.append(part)


def _query(query: str) -> str:
    text = _quote(_unescape(query))
    for session in _SESSIONS_IN_QUERY:
        text = session.sub("", text, count=1)
    parts = sorted(tuple(part.split("=", 1)) for part in text.lower().split("&"))
    return "&".join("=".join(part) for part in parts)


def _unescape(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    for _ in range(_ROUNDS):
        plain = unquote_to_bytes(data)
        if plain == data:
            break
        data = plain
    return data


def _quote(data: bytes) -> str:
    return quote_from_bytes(data, safe=_KEPT)


def _escape(url: str) -> str:
    return _quote(url.encode("utf-8", "surrogatepass"))


def _escape_spaces(key: str) -> str:
    return key.replace(" ", "%20")
