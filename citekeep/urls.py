"""URLs: the key under which a link is known, the form that goes over the wire, and what must not be requested.

Two forms are kept apart. ``canonical`` is the key and is never requested. ``request_form`` is what is requested and
saved: the URL as written, less its fragment, with only what cannot go over the wire encoded, as the URL standard
(https://url.spec.whatwg.org/) does. A local document without a URL is ``urn:sha256:<hex>``; its site is "local".
All functions are pure and ask nothing of the network.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

import tldextract

from citekeep.exceptions import InputError
from citekeep.url_parts import (
    EDGES,
    MAX_LENGTH,
    SCHEME,
    UNWIRED,
    Parts,
    encode,
    explicit_port,
    normalise,
    remove_dot_segments,
    shown,
    split,
)
from citekeep.url_rules import TRACKING_NAMES, TRACKING_NAMES_BY_SITE, TRACKING_PREFIXES, WITHHELD_RULES

__all__ = [
    "LOCAL", "MAX_LENGTH", "canonical", "has_public_suffix", "host_of", "is_http", "is_urn", "origin_of", "parse_input",
    "request_form", "site_of", "urn_of", "withheld", "withheld_rule",
]  # fmt: skip

LOCAL = "local"
"""Site, host and origin of a document that has no URL."""

_URN = re.compile(r"urn:sha256:[0-9a-f]{64}")
_BARE = re.compile(r"[\w.-]+\.[\w-]{2,}\.?(?::\d{1,5})?(?:[/?#].*)?", re.DOTALL)


# --- the two forms -------------------------------------------------------------------------------------------------


def canonical(url: str) -> str:
    """Return the key of a link: two URLs with one key name one page. Never request it.

    Fragment, default port, tracking parameters and an empty query go; scheme, host and percent-encoding get one
    spelling; dot segments are resolved; the order of the query stays. Idempotent. Raises InputError for what is no
    http or https URL.
    """
    if is_urn(url):
        return url
    parts = split(url)
    path = remove_dot_segments(normalise(parts.path) or "/")
    query = _without_tracking(normalise(parts.query), site_of(url)) if parts.query else ""
    key = Parts(parts.scheme, parts.user, parts.host.removesuffix("."), explicit_port(parts), "", None)
    return f"{key.scheme}://{key.authority}{path}" + (f"?{query}" if query else "")


def request_form(url: str) -> tuple[str, bool]:
    """Return what goes over the wire, and whether it must be handed on verbatim (True for all but a urn).

    ASCII, without spaces, controls or a fragment; otherwise as written, with "/" for an empty path. Raises InputError
    as ``canonical`` does.
    """
    if is_urn(url):
        return url, False
    parts = split(url)
    query = "" if parts.query is None else f"?{encode(parts.query, UNWIRED)}"
    return f"{parts.scheme}://{parts.authority}{encode(parts.path, UNWIRED) or '/'}{query}", True


def parse_input(line: str) -> str:
    """Return the URL that a person typed, as written; a bare domain ("example.com/page") gets ``https://``.

    Raises InputError, one sentence, for anything else that is no http or https URL.
    """
    text = line.strip(EDGES).removeprefix("<").removesuffix(">")
    if not text:
        raise InputError("The URL is empty.")
    if re.search(r"\s", text):
        raise InputError(f"There is a space in {shown(text)}; a URL has none (write %20).")
    scheme = SCHEME.match(text)
    if (scheme is None or "." in scheme[1]) and _BARE.fullmatch(text) and has_public_suffix(text):
        text = f"https://{text}"
    split(text)
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
        split(url)
    except InputError:
        return False
    return True


def host_of(url: str) -> str:
    """Return the host, lower case, in punycode, without a final dot or brackets; "local" for a urn."""
    return LOCAL if is_urn(url) else split(url).host.removesuffix(".").strip("[]")


def origin_of(url: str) -> str:
    """Return scheme, host and, where it is not the default, port (RFC 6454); "local" for a urn."""
    if is_urn(url):
        return LOCAL
    parts = split(url)
    port = explicit_port(parts)
    return f"{parts.scheme}://{parts.host.removesuffix('.')}" + ("" if port is None else f":{port}")


def site_of(url: str) -> str:
    """Return the registrable domain, as browsers draw it: "bbc.co.uk", but "name.github.io", each its own site.

    By the Public Suffix List bundled with tldextract. An IP address, a single label or a public suffix itself is the
    host; "local" for a urn. Raises InputError as ``canonical`` does.
    """
    return _registrable(host_of(url))


def has_public_suffix(text: str) -> bool:
    """Return whether an address without a scheme ("example.com/page") begins with a name that can be a host's."""
    host = re.split(r"[/?#:]", text, maxsplit=1)[0].removesuffix(".")
    return bool(_suffixes(host).suffix)


def withheld(url: str) -> str | None:
    """Return why this URL must not be requested unasked: "looks_secret", "acts_on_get" or None. Never raises."""
    rule = withheld_rule(url)
    return None if rule is None else rule[0]


def withheld_rule(url: str) -> tuple[str, str] | None:
    """Return (reason, name of the rule) for a URL that must not be requested unasked, else None. Never raises."""
    if is_urn(url):
        return None
    try:
        parts = split(url)
    except InputError:
        return None
    if parts.user is not None:
        return "looks_secret", "userinfo"
    path = normalise(parts.path)
    query = normalise(parts.query or "")
    texts = {
        "path": [path],
        "host_path": [f"{parts.host}{path}" + (f"?{query}" if query else "")],
        "query": [pair for pair in query.split("&") if pair],
    }
    for rule in WITHHELD_RULES:
        if any(rule.pattern.search(text) for text in texts[rule.part]):
            return rule.reason, rule.name
    return None


# --- what only tracks ---


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
    parts = _suffixes(host)
    if parts.suffix:
        return parts.top_domain_under_public_suffix or host
    return ".".join(host.split(".")[-2:])  # the list's own rule where none matches: the last label is the suffix
