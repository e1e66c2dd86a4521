"""How an exchange can fail, what can be wrong with a certificate, and why a link is not asked: the only lists of these."""

from __future__ import annotations

ERRORS = (
    "nxdomain",  # the name does not exist
    "no_address",  # the name exists, without A or AAAA
    "dns_failed",  # SERVFAIL, REFUSED or a malformed answer from every resolver
    "refused",  # the port is closed
    "unreachable",  # no route to the host, said by a router on the way
    "reset",  # the connection was reset
    "closed",  # the connection was closed before a whole head came
    "timeout",  # error_phase says waiting for what
    "tls_failed",  # no TLS session came about (certificate faults are flags, not errors)
    "bad_response",  # what came is no HTTP
    "cut_off",  # the body ended before its length or its last chunk
    "too_large",  # the size limit: status, headers and the body so far are kept
    "bad_encoding",  # the content coding could not be undone within the limits
    "too_many_redirects",
    "bad_redirect",  # a Location that is no http or https URL
    "local",  # our own machine: no file handles, no network, no resolver, disk full. Never a verdict, never a strike
    "other",  # not in the table of exceptions: error_text names the class
)

TLS_FAULTS = ("expired", "not_yet_valid", "other_name", "untrusted", "incomplete_chain", "other")

REASONS = (  # why a link was not asked: the check's verdict is the one of the same name in group not_checked
    "robots",  # robots.txt forbids it
    "robots_unavailable",  # robots.txt answered 5xx or not at all: not now (RFC 9309)
    "address_refused",  # the address guard
    "special_use_name",  # .test, .invalid, .localhost, .onion (RFC 6761): on no public network
    "looks_secret",  # a token, signature or invitation in the URL
    "acts_on_get",  # unsubscribe, logout, delete: a request would do something
    "unsupported_scheme",
    "invalid_url",
    "paused",
    "cap",
)

ONLY_WAITS = "('paused', 'cap')"
"""As SQL: reasons for which a link is only not asked yet, however long that takes."""
