"""URLs: the key under which a link is known, the form that goes over the wire, and what must not be requested.

Two forms are kept apart. ``canonical`` is the key and is never requested. ``request_form`` is what is requested and
saved: the URL as written, less its fragment, with only what cannot go over the wire encoded, as the URL standard
(https://url.spec.whatwg.org/) does. A local document without a URL is ``urn:sha256:<hex>``; its site is "local".
All functions are pure and ask nothing of the network.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NoReturn

import idna
import tldextract

from citekeep.exceptions import InputError
from citekeep.url_rules import TRACKING_NAMES, TRACKING_NAMES_BY_SITE, TRACKING_PREFIXES, WITHHELD_RULES

MAX_LENGTH = (
    16_384  # characters of path and query, encoded; RFC 9110 asks servers for 8,000, the largest in use take 16 KiB
)
MAX_HOST_LENGTH = 253  # RFC 1035 section 2.3.4, written without the final dot
MAX_LABEL_LENGTH = 63  # the same
LOCAL = "local"

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_EDGES = "".join(map(chr, range(0x21)))  # URL standard: leading and trailing C0 controls and spaces are dropped
_URN = re.compile(r"urn:sha256:[0-9a-f]{64}")
_BARE = re.compile(r"[\w.-]+\.[\w-]{2,}\.?(?::\d{1,5})?(?:[/?#].*)?", re.DOTALL)
_FORBIDDEN_IN_HOST = re.compile(r"[\x00-\x20#/:<>?@\[\\\]^|%\x7f-\x9f]")
_UNWIRED = re.compile(r"[^\x21-\x7e]")
_UNWIRED_USER = re.compile(r"[^!$%&'()*+,.0-9A-Z_a-z~-]")  # the URL standard's userinfo set, the colon included
_UNSAFE = re.compile(r"[^\x21-\x7e]|[\"<>\\^`{|}]")  # what RFC 3986 allows nowhere
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")  # RFC 3986 section 2.3


@dataclass(frozen=True)
class _Parts:
    """An http or https URL taken apart: host as it goes over the wire, path and rest as written."""

    scheme: str
    user: str | None
    host: str
    port: int | None
    path: str
    query: str | None

    @property
    def authority(self) -> str:
        user = "" if self.user is None else f"{self.user}@"
        return f"{user}{self.host}" + ("" if self.port is None else f":{self.port}")


# --- the two forms -------------------------------------------------------------------------------------------------


def canonical(url: str) -> str:
    """Return the key of a link: two URLs with one key name one page. Never request it.

    Fragment, default port, tracking parameters and an empty query go; scheme, host and percent-encoding get one
    spelling; dot segments are resolved; the order of the query stays. Idempotent. Raises InputError for what is no
    http or https URL.
    """
    if is_urn(url):
        return url
    parts = _split(url)
    path = _remove_dot_segments(_normalise(parts.path) or "/")
    query = _without_tracking(_normalise(parts.query), site_of(url)) if parts.query else ""
    key = _Parts(parts.scheme, parts.user, parts.host.removesuffix("."), _explicit_port(parts), "", None)
    return f"{key.scheme}://{key.authority}{path}" + (f"?{query}" if query else "")


def request_form(url: str) -> tuple[str, bool]:
    """Return what goes over the wire, and whether it must be handed on verbatim (True for all but a urn).

    ASCII, without spaces, controls or a fragment; otherwise as written, with "/" for an empty path. Raises InputError
    as ``canonical`` does.
    """
    if is_urn(url):
        return url, False
    parts = _split(url)
    query = "" if parts.query is None else f"?{_encode(parts.query, _UNWIRED)}"
    return f"{parts.scheme}://{parts.authority}{_encode(parts.path, _UNWIRED) or '/'}{query}", True


def parse_input(line: str) -> str:
    """Return the URL that a person typed, as written; a bare domain ("example.com/page") gets ``https://``.

    Raises InputError, one sentence, for anything else that is no http or https URL.
    """
    text = line.strip(_EDGES).removeprefix("<").removesuffix(">")
    if not text:
        raise InputError("The URL is empty.")
    if re.search(r"\s", text):
        raise InputError(f"There is a space in {_shown(text)}; a URL has none (write %20).")
    scheme = _SCHEME.match(text)
    if (scheme is None or "." in scheme[1]) and _BARE.fullmatch(text) and _has_public_suffix(text):
        text = f"https://{text}"
    _split(text)
    return text


def urn_of(body: bytes) -> str:
    """Return ``urn:sha256:<hex>``, the name of a document that has no URL."""
    return f"urn:sha256:{hashlib.sha256(body).hexdigest()}"


# --- facts about one URL -------------------------------------------------------------------------------------------


def is_urn(url: str) -> bool:
    """Return whether this names a local document."""
    return _URN.fullmatch(url) is not None


def is_http(url: str) -> bool:
    """Return whether this is a usable http or https URL. Never raises."""
    try:
        _split(url)
    except InputError:
        return False
    return True


def host_of(url: str) -> str:
    """Return the host, lower case, in punycode, without a final dot or brackets; "local" for a urn."""
    return LOCAL if is_urn(url) else _split(url).host.removesuffix(".").strip("[]")


def origin_of(url: str) -> str:
    """Return scheme, host and, where it is not the default, port (RFC 6454); "local" for a urn."""
    if is_urn(url):
        return LOCAL
    parts = _split(url)
    port = _explicit_port(parts)
    return f"{parts.scheme}://{parts.host.removesuffix('.')}" + ("" if port is None else f":{port}")


def site_of(url: str) -> str:
    """Return the registrable domain, as browsers draw it: "bbc.co.uk", but "name.github.io", each its own site.

    By the Public Suffix List bundled with tldextract. An IP address, a single label or a public suffix itself is the
    host; "local" for a urn. Raises InputError as ``canonical`` does.
    """
    return _registrable(host_of(url))


def withheld(url: str) -> str | None:
    """Return why this URL must not be requested unasked: "looks_secret", "acts_on_get" or None. Never raises."""
    rule = withheld_rule(url)
    return None if rule is None else rule[0]


def withheld_rule(url: str) -> tuple[str, str] | None:
    """Return (reason, name of the rule) for a URL that must not be requested unasked, else None. Never raises."""
    if is_urn(url):
        return None
    try:
        parts = _split(url)
    except InputError:
        return None
    if parts.user is not None:
        return "looks_secret", "userinfo"
    path = _normalise(parts.path)
    query = _normalise(parts.query or "")
    texts = {
        "path": [path],
        "host_path": [f"{parts.host}{path}" + (f"?{query}" if query else "")],
        "query": [pair for pair in query.split("&") if pair],
    }
    for rule in WITHHELD_RULES:
        if any(rule.pattern.search(text) for text in texts[rule.part]):
            return rule.reason, rule.name
    return None


# --- taking apart --------------------------------------------------------------------------------------------------


def _fail(url: str, why: str) -> NoReturn:
    raise InputError(f"{_shown(url)} is no usable URL: {why}.")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 120 else text[:119] + "…")


@lru_cache(maxsize=4096)
def _split(url: str) -> _Parts:
    if len(url) > 4 * MAX_LENGTH:
        _fail(url, "it is too long")
    text = url.strip(_EDGES).translate({9: None, 10: None, 13: None})
    found = _SCHEME.match(text)
    scheme = found[1].lower() if found else ""
    if found is None or scheme not in _DEFAULT_PORTS:
        _fail(
            url,
            f"its scheme is {scheme}, not http or https" if scheme else "it does not begin with http:// or https://",
        )
    rest = text[found.end() :].partition("#")[0]
    before, mark, query = rest.partition("?")
    authority, slash, path = before.replace("\\", "/").lstrip("/").partition("/")
    user, host, port = _authority(url, authority)
    parts = _Parts(scheme, user, host, port, slash + path, query if mark else None)
    if len(_encode(_STRAY_PERCENT.sub("%25", parts.path + (query or "")), _UNSAFE)) > MAX_LENGTH:
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
    user = _encode(name, _UNWIRED_USER) + (f":{_encode(password, _UNWIRED_USER)}" if password else "")
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


def _explicit_port(parts: _Parts) -> int | None:
    return None if parts.port == _DEFAULT_PORTS[parts.scheme] else parts.port


# --- spelling ------------------------------------------------------------------------------------------------------


def _encode(text: str, unfit: re.Pattern[str]) -> str:
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


def _normalise(text: str) -> str:
    """Give percent-encoding one spelling: unreserved characters bare, hex in capitals, the unsafe encoded."""
    fixed = _encode(_STRAY_PERCENT.sub("%25", text), _UNSAFE)
    return _ENCODED.sub(lambda found: _bare_or_upper(found[1]), fixed)


def _bare_or_upper(digits: str) -> str:
    character = chr(int(digits, 16))
    return character if character in _UNRESERVED else f"%{digits.upper()}"


def _remove_dot_segments(path: str) -> str:
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


def _without_tracking(query: str, site: str) -> str:
    here = TRACKING_NAMES_BY_SITE.get(site, {})
    return "&".join(pair for pair in query.split("&") if not _tracks(pair.partition("=")[0].lower(), here))


def _tracks(name: str, here: dict[str, str]) -> bool:
    return name in TRACKING_NAMES or name in here or name.startswith(tuple(TRACKING_PREFIXES))


# --- sites ---------------------------------------------------------------------------------------------------------

_suffixes = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True)


@lru_cache(maxsize=16_384)
def _registrable(host: str) -> str:
    if ":" in host or host.replace(".", "").isdigit():
        return host
    return _suffixes(host).top_domain_under_public_suffix or host


def _has_public_suffix(text: str) -> bool:
    host = re.split(r"[/?#:]", text, maxsplit=1)[0].removesuffix(".")
    return bool(_suffixes(host).suffix)
