"""An http or https URL taken apart as the URL standard (https://url.spec.whatwg.org/) does, and how it is spelt.

Shared by the functions of citekeep/urls.py, which says what the forms of a URL are for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NoReturn

import idna

from citekeep.exceptions import InputError

MAX_LENGTH = 16_384  # characters of user, path and query, encoded: as many as the largest servers take
MAX_HOST_LENGTH = 253  # RFC 1035 section 2.3.4, written without the final dot
MAX_LABEL_LENGTH = 63  # the same

DEFAULT_PORTS = {"http": 80, "https": 443}
EDGES = "".join(map(chr, range(0x21)))  # URL standard: leading and trailing C0 controls and spaces are dropped
SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
UNWIRED = re.compile(r"[^\x21-\x7e]")  # what cannot go over the wire
_FORBIDDEN_IN_HOST = re.compile(r"[\x00-\x20#/:<>?@\[\\\]^|%\x7f-\x9f]")
_UNWIRED_USER = re.compile(r"[^!$%&'()*+,.0-9A-Z_a-z~-]")  # the URL standard's userinfo set, the colon included
_UNSAFE = re.compile(r"[^\x21-\x7e]|[\"<>\\^`{|}]")  # what RFC 3986 allows nowhere
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNITS = re.compile(r"%[0-9A-Fa-f]{2}|.", re.DOTALL)
_OUT_OF_REACH = 3  # characters after a stray percent sign: it takes two to encode one
_HEX_DIGITS = frozenset("0123456789ABCDEFabcdef")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")  # RFC 3986 section 2.3


@dataclass(frozen=True)
class Parts:
    """An http or https URL taken apart: host as it goes over the wire, path and rest as written."""

    scheme: str
    user: str | None
    host: str
    port: int | None
    path: str
    query: str | None

    @property
    def authority(self) -> str:
        """User, host and port as they stand in the URL."""
        user = "" if self.user is None else f"{self.user}@"
        return f"{user}{self.host}" + ("" if self.port is None else f":{self.port}")


# --- taking apart --------------------------------------------------------------------------------------------------


def _fail(url: str, why: str) -> NoReturn:
    raise InputError(f"{shown(url)} is no usable URL: {why}.")


def shown(text: str) -> str:
    """Return a text quoted and cut, for a message to a person."""
    return repr(text if len(text) <= 120 else text[:119] + "…")


@lru_cache(maxsize=4096)
def split(url: str) -> Parts:
    """Return the parts of a usable http or https URL; anything else raises InputError, one sentence."""
    if len(url) > 4 * MAX_LENGTH:
        _fail(url, "it is too long")
    text = url.strip(EDGES).translate({9: None, 10: None, 13: None})
    found = SCHEME.match(text)
    scheme = found[1].lower() if found else ""
    if found is None or scheme not in DEFAULT_PORTS:
        _fail(
            url,
            f"its scheme is {scheme[:40]}, not http or https"
            if scheme
            else "it does not begin with http:// or https://",
        )
    rest = text[found.end() :].partition("#")[0]
    before, mark, query = rest.partition("?")
    authority, slash, path = before.replace("\\", "/").lstrip("/").partition("/")
    user, host, port = _authority(url, authority)
    parts = Parts(scheme, user, host, port, slash + path, query if mark else None)
    if len(user or "") + len(encode(parts.path + (query or ""), _UNSAFE)) > MAX_LENGTH:
        _fail(url, "it is too long")
    return parts


def _authority(url: str, authority: str) -> tuple[str | None, str, int | None]:
    user, at, hostport = authority.rpartition("@")
    found = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::([0-9]*))?", hostport)
    if found is None:
        _fail(url, "its port is not a number")
    port = int(found[2]) if found[2] and len(found[2]) <= 5 else None
    if found[2] and (port is None or not 0 < port < 65_536):
        _fail(url, "its port is out of range")
    name, _, password = user.partition(":")
    user = encode(name, _UNWIRED_USER) + (f":{encode(password, _UNWIRED_USER)}" if password else "")
    return (user or None) if at else None, _host(url, found[1]), port


def _host(url: str, raw: str) -> str:
    if raw.startswith("["):
        try:
            return f"[{IPv6Address(raw[1:-1].partition('%')[0] if '%' not in raw else '').compressed}]"
        except AddressValueError:
            _fail(url, "its IPv6 address is malformed")
    host = _to_ascii(url, _percent_decode(raw)).lower()
    if not host or host == ".":
        _fail(url, "it has no host")
    if _FORBIDDEN_IN_HOST.search(host):
        _fail(url, "its host has a character that no host has")
    labels = host.removesuffix(".").split(".")
    if any(not 0 < len(label) <= MAX_LABEL_LENGTH for label in labels) or len(host) > MAX_HOST_LENGTH + host.endswith(
        "."
    ):
        _fail(url, "its host name has an empty or too long part")
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        return _ipv4(url, labels)
    return host


def _to_ascii(url: str, host: str) -> str:
    """Map and encode a host as UTS 46 says, without the checks that the URL standard leaves out (hyphens, STD3)."""
    if host.isascii():
        return host
    try:
        mapped = idna.uts46_remap(host, std3_rules=False, transitional=False)
        labels = [
            label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
            for label in mapped.split(".")
        ]
    except (idna.IDNAError, UnicodeError):
        _fail(url, "its host has a character that no host has")
    return ".".join(labels)


def _ipv4(url: str, labels: list[str]) -> str:
    """Return the dotted form of the URL standard's IPv4 parser, which takes hex, octal and fewer parts."""
    numbers = []
    for label in labels:
        if not re.fullmatch(r"0x[0-9a-f]*|0[0-7]*|[1-9][0-9]*", label):
            _fail(url, "its host is no valid IPv4 address")
        base = 16 if label.startswith("0x") else 8 if label.startswith("0") and len(label) > 1 else 10
        numbers.append(int(label.removeprefix("0x") or "0", base))
    last = numbers.pop()
    if len(numbers) > 3 or any(number > 255 for number in numbers) or last >= 256 ** (4 - len(numbers)):
        _fail(url, "its host is no valid IPv4 address")
    return str(IPv4Address(sum(number << 8 * (3 - place) for place, number in enumerate(numbers)) + last))


def explicit_port(parts: Parts) -> int | None:
    """Return the port where it is not the default of the scheme."""
    return None if parts.port == DEFAULT_PORTS[parts.scheme] else parts.port


# --- spelling ------------------------------------------------------------------------------------------------------


def encode(text: str, unfit: re.Pattern[str]) -> str:
    """Percent-encode what matches, as UTF-8; half a surrogate pair becomes U+FFFD, as the URL standard has it."""
    return unfit.sub(lambda found: "".join(f"%{byte:02X}" for byte in _utf8(found[0])), text)


def _utf8(character: str) -> bytes:
    try:
        return character.encode("utf-8")
    except UnicodeEncodeError:
        return "\ufffd".encode()


def _percent_decode(text: str) -> str:
    if "%" not in text:
        return text
    raw = re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), text.encode("utf-8", "replace"))
    return raw.decode("utf-8", "replace")


def normalise(text: str) -> str:
    """Give percent-encoding one spelling: unreserved characters bare, hex in capitals, the unsafe encoded.

    A percent sign that encodes nothing ("100%", "%zz") stays what it is, as the URL standard has it: "%25" is another
    address. What follows it never becomes a part of it.
    """
    fixed = encode(text, _UNSAFE)
    if _STRAY_PERCENT.search(fixed) is None:
        return _ENCODED.sub(lambda found: _bare_or_upper(found[1]), fixed)
    spelt, after_stray = [], _OUT_OF_REACH
    for unit in _UNITS.findall(fixed):
        after_stray = 0 if unit == "%" else after_stray + 1
        bare = _bare_or_upper(unit[1:]) if len(unit) == 3 else unit
        joins = after_stray < _OUT_OF_REACH and len(unit) == 3 and bare in _HEX_DIGITS
        spelt.append(unit if joins else bare)
    return "".join(spelt)


def _bare_or_upper(digits: str) -> str:
    character = chr(int(digits, 16))
    return character if character in _UNRESERVED else f"%{digits.upper()}"


def remove_dot_segments(path: str) -> str:
    """Resolve "." and ".." as RFC 3986 section 5.2.4 does; empty segments stay."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for place, segment in enumerate(segments):
        last = place == len(segments) - 1
        if segment == "..":
            if kept:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
            continue
        if last:
            kept.append("")
    return "/" + "/".join(kept)
