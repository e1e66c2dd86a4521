"""Rules that errors, status and headers decide, as data. What a page says of itself is in content_rules."""

from __future__ import annotations

from collections.abc import Callable

from citekeep.retry_after import seconds_in
from citekeep.verdicts.addresses import bare
from citekeep.verdicts.observation import Observation
from citekeep.verdicts.page import Match, Page, Rule

Finder = Callable[[Page], Match | None]

BY_ERROR = {
    "nxdomain": "dns_nxdomain",
    "no_address": "dns_error",
    "dns_failed": "dns_error",
    "refused": "conn_refused",
    "unreachable": "no_route",
    "reset": "conn_reset",
    "closed": "conn_reset",
    "timeout": "timeout",
    "tls_failed": "tls_failed",
    "bad_response": "bad_answer",
    "cut_off": "conn_reset",
    "too_large": "other_failure",
    "bad_encoding": "bad_answer",
    "too_many_redirects": "too_many_redirects",
    "bad_redirect": "bad_redirect",
    "local": "local",
    "other": "other_failure",
}
"""Verdict of each of failures.ERRORS."""

KEPT_WITH_STATUS = frozenset({"cut_off", "too_large", "bad_encoding", "timeout", "reset", "closed"})
"""Errors that can come after the status: what came by then is judged, with a flag."""

DENIED_STATUSES = {
    401: "authentication wanted",
    403: "forbidden",
    406: "not acceptable: what ModSecurity's usual rules answer to programs",
    407: "proxy authentication wanted",
    412: "precondition failed, though none was sent: used by walls",
    418: "used by walls to say no",
    428: "precondition wanted: used by walls",
    440: "login time-out (IIS)",
    444: "no answer (nginx)",
    449: "retry with (IIS)",
    450: "blocked by parental controls (Windows)",
    460: "used by load balancers and walls",
    463: "used by load balancers and walls",
    494: "request header too large (nginx)",
    495: "client certificate faulty (nginx)",
    496: "client certificate wanted (nginx)",
    498: "token wanted (Esri)",
    499: "token wanted (Esri)",
    511: "network authentication wanted: a captive portal (RFC 6585)",
}
"""Statuses that refuse us without saying whether the page exists."""


def _match(page: Page, where: str, matched: object, **facts: object) -> Match:
    return Match(matched=str(matched)[:200], where=where, facts=facts)


# --- before there is an answer -------------------------------------------------------------------------------------


def _reason(name: str) -> Finder:
    return lambda page: _match(page, "reason", name) if page.seen.reason == name else None


def _saved_document(page: Page) -> Match | None:
    return _match(page, "url", page.seen.requested_url) if page.seen.saved_document else None


def _loop(page: Page) -> Match | None:
    if not ({"too_many_redirects"} & {page.seen.error, *page.seen.flags}):
        return None
    chain = [bare(url) + ("s" if url.startswith("https") else "") for url, _ in page.seen.hops]
    again = next((url for place, url in enumerate(chain) if url in chain[:place]), None)
    return _match(page, "hops", again, hops=len(chain)) if again else None


def _too_many(page: Page) -> Match | None:
    if not ({"too_many_redirects"} & {page.seen.error, *page.seen.flags}):
        return None
    return _match(page, "hops", f"{len(page.seen.hops)} redirects")


def _bad_redirect(page: Page) -> Match | None:
    if not ({"bad_redirect"} & {page.seen.error, *page.seen.flags}):
        return None
    return _match(page, "header", page.headers.get("location") or "Location", status=page.status)


def _tells(page: Page) -> bool:
    """Return whether what came before the failure can be judged: some of a page, or a status that needs none."""
    if page.status is None:
        return False
    return not 200 <= page.status <= 299 or bool(page.body.strip() or page.seen.magic)


def _error(name: str) -> Finder:
    def find(page: Page) -> Match | None:
        if page.seen.error != name or (name in KEPT_WITH_STATUS and _tells(page)):
            return None
        return _match(page, "error", name, phase=page.seen.error_phase)

    return find


def _unknown_error(page: Page) -> Match | None:
    return _match(page, "error", page.seen.error) if page.seen.error and page.status is None else None


def _no_answer(page: Page) -> Match | None:
    return _match(page, "status", "none") if page.status is None else None


# --- what the status says ------------------------------------------------------------------------------------------


def _status(*wanted: int) -> Finder:
    return lambda page: _match(page, "status", page.status) if page.status in wanted else None


def _denied(page: Page) -> Match | None:
    why = DENIED_STATUSES.get(page.status or 0)
    return _match(page, "status", page.status, meaning=why) if why else None


def _between(low: int, high: int) -> Finder:
    def find(page: Page) -> Match | None:
        return _match(page, "status", page.status) if low <= (page.status or 0) <= high else None

    return find


def _come_back(page: Page) -> Match | None:
    wait = page.headers.get("retry-after")
    return _match(page, "header", f"503, Retry-After: {wait}") if page.status == 503 and wait else None


def _no_http_status(page: Page) -> Match | None:
    return None if 200 <= (page.status or 0) <= 599 else _match(page, "status", page.status)


def retry_after(seen: Observation, now: float | None = None) -> float | None:
    """Return the seconds that a server asked us to wait, None where it named no time; now: as in retry_after.seconds_in."""
    return seconds_in(seen.headers, now)


REASONS_AND_ERRORS: tuple[Rule, ...] = (
    *(Rule(f"reason_{name}", name, _reason(name)) for name in (
        "robots", "robots_unavailable", "address_refused", "special_use_name", "looks_secret", "acts_on_get",
        "unsupported_scheme", "invalid_url", "paused", "cap")),
    Rule("saved_document", "saved_document", _saved_document),
    Rule("redirect_loop", "redirect_loop", _loop),
    Rule("too_many_redirects", "too_many_redirects", _too_many),
    Rule("bad_redirect", "bad_redirect", _bad_redirect),
    *(Rule(f"error_{name}", verdict, _error(name)) for name, verdict in BY_ERROR.items()),
    Rule("error_unknown", "other_failure", _unknown_error),
    Rule("no_answer", "other_failure", _no_answer),
)  # fmt: skip

REFUSALS_BY_STATUS: tuple[Rule, ...] = (
    Rule("status_429", "rate_limited", _status(429)),
    Rule("status_503_retry_after", "rate_limited", _come_back),
    Rule("status_451", "blocked_page", _status(451)),  # RFC 7725
    Rule("status_402", "paywall_or_login", _status(402)),
    Rule("status_denied", "access_denied", _denied),
)

FAILURES_BY_STATUS: tuple[Rule, ...] = (
    Rule("status_410", "gone", _status(410)),
    Rule("status_404", "not_found", _status(404)),
    Rule("status_5xx", "server_error", _between(500, 599)),
    Rule("status_4xx", "other_4xx", _between(400, 499)),
    Rule("status_304", "alive_unverified", _status(304)),
    Rule("status_3xx", "bad_redirect", _between(300, 399)),
    Rule("status_unknown", "bad_answer", _no_http_status),
)
