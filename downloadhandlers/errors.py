"""One table from exceptions to the names that a check records; what it does not know is ``other``."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator

from OpenSSL import SSL
from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    UnsupportedURLSchemeError,
)
from twisted.internet import error as tx
from twisted.internet.defer import CancelledError
from twisted.python.failure import Failure
from twisted.web import _newclient as newclient
from twisted.web.http import PotentialDataLoss, _DataLoss

LOCAL_ERRNOS = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.ENETDOWN}
)
"""What the operating system says when it is this machine that cannot: never held against a link."""

TABLE: tuple[tuple[type[BaseException], str], ...] = (
    (tx.ConnectBindError, "local"),
    (tx.NoRouteError, "local"),  # ENETUNREACH: no route from here at all
    (DownloadConnectionRefusedError, "refused"),
    (tx.ConnectionRefusedError, "refused"),
    (tx.TCPTimedOutError, "timeout"),
    (tx.TimeoutError, "timeout"),
    (DownloadTimeoutError, "timeout"),
    (SSL.Error, "tls_failed"),
    (newclient.ParseError, "bad_response"),
    (newclient.BadResponseVersion, "bad_response"),
    (_DataLoss, "cut_off"),
    (PotentialDataLoss, "cut_off"),
    (tx.ConnectionDone, "closed"),
    (tx.ConnectionLost, "reset"),
    (tx.ConnectionAborted, "closed"),
    (CannotResolveHostError, "dns_failed"),
    (tx.DNSLookupError, "dns_failed"),
    (TunnelError, "other"),
    (UnsupportedURLSchemeError, "other"),
    (DownloadCancelledError, "timeout"),
    (CancelledError, "timeout"),
)
"""In order: the first class that any exception of the chain belongs to decides."""

UNREADABLE = (ValueError, LookupError, ArithmeticError)
"""What Twisted raises, within ResponseFailed, for a head it can make nothing of: two lengths, an unknown transfer coding."""

ERRORS_BY_ERRNO = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.EHOSTUNREACH: "unreachable",
    errno.ETIMEDOUT: "timeout",
}


_GATEWAY = re.compile(r"'status': 50[234]\b")


def chain(exception: BaseException, depth: int = 12) -> Iterator[BaseException]:
    """Yield an exception and what it wraps: reasons, causes, contexts, at most ``depth`` deep."""
    if depth <= 0:
        return
    yield exception
    for reason in getattr(exception, "reasons", None) or []:
        inner = reason.value if isinstance(reason, Failure) else reason
        if isinstance(inner, BaseException):
            yield from chain(inner, depth - 1)
    if exception.__cause__ is not None:
        yield from chain(exception.__cause__, depth - 1)


def name_of(exception: BaseException) -> tuple[str, str]:
    """Return (a name of failures.ERRORS, a sentence for a person) for a failed exchange."""
    found = list(chain(exception))
    text = "; ".join(dict.fromkeys(f"{type(e).__name__}: {e}" for e in found))[:500]
    for inner in found:
        number = getattr(inner, "osError", None) or getattr(inner, "errno", None)
        if number in LOCAL_ERRNOS:
            return "local", text
        if number in ERRORS_BY_ERRNO:
            return ERRORS_BY_ERRNO[number], text
    for known, name in TABLE:
        if any(isinstance(inner, known) for inner in found):
            return name, text
    if any(isinstance(e, newclient.ResponseFailed) for e in found) and any(isinstance(e, UNREADABLE) for e in found):
        return "bad_response", text
    return "other", text


def tunnel_failed(exception: BaseException | None) -> bool:
    """Return whether a proxy was reached, and says that it cannot reach the host (502, 503, 504): that may be the host's."""
    return exception is not None and any(
        isinstance(one, TunnelError) and _GATEWAY.search(str(one)) is not None for one in chain(exception)
    )
