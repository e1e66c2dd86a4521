"""One host for each way in which a cited page fails, with what Citekeep has to record of it.

The names of errors, phases, reasons and faults are those of citekeep/items.py. ``recorded`` holds for a check with
time limits of a second or so, a size limit below answers.BOMB, and ten redirects allowed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox import answers, dns
from sandbox.answers import Answer
from sandbox.certificates import Kind
from sandbox.http import Response


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What a check of the page has to say. None, () and 0 mean: nothing of the kind.

    hops: redirects that were followed. truncated: the reason of WARC-Truncated of the last response.
    """

    status: int | None = None
    error: str | None = None
    error_phase: str | None = None
    reason: str | None = None
    tls_faults: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    truncated: str | None = None
    hops: int = 0


GOOD = Recorded(status=200)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A host and what it does. ``sentence`` says it to a person.

    resolves: what DNS says of the name. door: the port it stands at (sandbox/doors.py); None: the ordinary ones.
    robots: the answer to /robots.txt; None: there is none (404).
    """

    host: str
    sentence: str
    recorded: Recorded
    scheme: str = "http"
    path: str = "/page"
    resolves: dns.Answer = dns.HERE
    door: str | None = None
    certificate: Kind = "good"
    answer: Answer = answers.page
    robots: Answer | None = field(default=None)

    @property
    def url(self) -> str:
        """The URL to check."""
        return f"{self.scheme}://{self.host}{self.path}"


def _dns(host: str, sentence: str, resolves: dns.Answer, recorded: Recorded) -> Failure:
    return Failure(host=host, sentence=sentence, resolves=resolves, recorded=recorded)


def _error(error: str, phase: str) -> Recorded:
    return Recorded(error=error, error_phase=phase)


def _door(host: str, sentence: str, door: str, error: str, phase: str, *, scheme: str = "http") -> Failure:
    return Failure(host=host, sentence=sentence, door=door, recorded=_error(error, phase), scheme=scheme)


def _tls(host: str, sentence: str, kind: Kind) -> Failure:
    recorded = Recorded(status=200, tls_faults=(kind,))
    return Failure(host=host, sentence=sentence, certificate=kind, recorded=recorded, scheme="https")


def _http(host: str, sentence: str, answer: Answer, recorded: Recorded, *, path: str = "/page") -> Failure:
    return Failure(host=host, sentence=sentence, answer=answer, recorded=recorded, path=path)


def _in_body(error: str, truncated: str) -> Recorded:
    return Recorded(status=200, error=error, error_phase="body", truncated=truncated)


REFUSED = Recorded(reason="address_refused")
UNDECODED = {name: Recorded(status=200, error=name, error_phase="body") for name in ("too_large", "bad_encoding")}

NAMES = (
    _dns("no-such-host.test", "The name does not exist.", dns.NO_SUCH_NAME, _error("nxdomain", "dns")),
    _dns("no-address.test", "The name exists and has no address.", dns.NO_ADDRESS, _error("no_address", "dns")),
    _dns("dns-failure.test", "Its name server fails (SERVFAIL).", dns.SERVER_FAILURE, _error("dns_failed", "dns")),
    _dns("dns-refused.test", "Its name server refuses to answer.", dns.NOT_OURS, _error("dns_failed", "dns")),
    # dnspython passes over what is no answer to its question, as anybody may send it, and waits on.
    _dns("dns-garbage.test", "Its name server answers with garbage.", dns.GARBAGE, _error("timeout", "dns")),
    _dns("dns-silence.test", "Its name server never answers.", dns.SILENCE, _error("timeout", "dns")),
    _dns("inside.test", "The name leads into a private network.", dns.Answer(("10.0.0.1",)), REFUSED),
    _dns("metadata.test", "The name leads to a cloud's metadata.", dns.Answer(("169.254.169.254",)), REFUSED),
    _dns("loopback.test", "The name leads to this machine's web server.", dns.Answer(("127.0.0.1", "::1")), REFUSED),
    _dns(
        "many-addresses.test",
        "So many private addresses that the answer comes over TCP.",
        dns.Answer(tuple(f"10.0.1.{last}" for last in range(1, 61))),
        REFUSED,
    ),
    Failure(
        host="nobody.invalid",
        sentence="A name that is on no public network (RFC 6761).",
        resolves=dns.NOT_OURS,
        recorded=Recorded(reason="special_use_name"),
    ),
)

CONNECTIONS = (
    _door("refused.test", "Nobody listens.", "refused", "refused", "connect"),
    _door("connect-stall.test", "SYNs are dropped.", "full", "timeout", "connect"),
    _door("reset.test", "The connection is reset as soon as the request comes.", "reset", "reset", "headers"),
    _door("tls-reset.test", "Reset in the TLS handshake.", "tls_reset", "reset", "tls", scheme="https"),
    _door("tls-stall.test", "The TLS handshake is never answered.", "tls_stall", "timeout", "tls", scheme="https"),
    _door("no-tls.test", "Port 443 speaks plain HTTP.", "no_tls", "tls_failed", "tls", scheme="https"),
    _door("tls-alert.test", "The TLS handshake is refused.", "tls_alert", "tls_failed", "tls", scheme="https"),
)

CERTIFICATES = (
    Failure(host="good-tls.test", sentence="Nothing is wrong.", scheme="https", recorded=GOOD),
    _tls("expired.test", "The certificate has expired.", "expired"),
    _tls("not-yet-valid.test", "The certificate is not valid yet.", "not_yet_valid"),
    _tls("other-name.test", "The certificate is for another name.", "other_name"),
    _tls("untrusted.test", "Nobody trusts who issued the certificate.", "untrusted"),
    _tls("incomplete-chain.test", "The intermediate certificate is not sent.", "incomplete_chain"),
)

HEADS = (
    _http("head-stall.test", "No answer comes.", answers.silence("hang"), _error("timeout", "headers")),
    _http("closed.test", "Closed without a byte.", answers.silence("close"), _error("closed", "headers")),
    _http("reset-on-request.test", "Reset once asked.", answers.silence("reset"), _error("reset", "headers")),
    _http("not-http.test", "SSH.", answers.raw(b"SSH-2.0-OpenSSH_9.9\r\n\r\n"), _error("bad_response", "headers")),
    _http(
        "header-flood.test",
        "A head that never ends.",
        answers.header_flood,
        Recorded(error="too_large", error_phase="headers", truncated="length"),
    ),
    _http("early-hints.test", "A 103 before the 200.", answers.early_hints, GOOD),
    _http("bare-lf.test", "Lines that end in LF alone.", answers.bare_lf, GOOD),
    _http("odd-head.test", "Odd header fields, over chunked gzip.", answers.odd_head, GOOD),
)

BODIES = (
    _http(
        "reset-after-head.test", "Reset after the head.", answers.head_only("reset"), _in_body("reset", "disconnect")
    ),
    _http("reset-in-body.test", "Reset in the body.", answers.partial("reset"), _in_body("reset", "disconnect")),
    _http("body-stall.test", "The body stops coming.", answers.partial("hang"), _in_body("timeout", "time")),
    _http("trickle.test", "A byte at a time, for ever.", answers.trickle, _in_body("timeout", "time")),
    _http("cut-off.test", "Less than announced.", answers.partial("close"), _in_body("cut_off", "disconnect")),
    _http(
        "cut-off-chunked.test",
        "The last chunk never comes.",
        answers.partial("close", chunked=True),
        _in_body("cut_off", "disconnect"),
    ),
    _http("until-close.test", "The body ends with the connection, HTTP/1.0.", answers.until_close(b"1.0"), GOOD),
    _http("until-close-11.test", "The same, HTTP/1.1.", answers.until_close(b"1.1"), GOOD),
    Failure(
        host="hangs-up.test",
        sentence="Closes each connection after one answer, without having said so.",
        answer=answers.hang_up,
        robots=answers.hang_up,
        recorded=GOOD,
    ),
    _http("too-large.test", "3 GiB, as announced.", answers.too_large_declared, _in_body("too_large", "length")),
    _http("endless.test", "Chunks without end.", answers.too_large_undeclared, _in_body("too_large", "length")),
    _http("bomb.test", "A few KB of gzip that unfold to 64 MiB.", answers.bomb, UNDECODED["too_large"]),
    _http("broken-gzip.test", "Gzip that is broken.", answers.broken_gzip, UNDECODED["bad_encoding"]),
    _http("brotli.test", "Coded by Brotli.", answers.br, GOOD),
    _http("zstd.test", "Coded by Zstandard.", answers.zstd, GOOD),
    _http("pdf.test", "A PDF.", answers.of_type("application/pdf", answers.PDF), GOOD, path="/report.pdf"),
    _http("image.test", "A picture.", answers.of_type("image/png", answers.PNG), GOOD, path="/photo.png"),
    _http(
        "windows-1251.test",
        "Russian in windows-1251.",
        answers.of_type("text/html; charset=windows-1251", answers.RUSSIAN.encode("windows-1251")),
        GOOD,
    ),
)

_ROUND = Recorded(status=302, flags=("too_many_redirects",), hops=10)
_NOWHERE = Recorded(status=302, flags=("bad_redirect",))
_INSIDE = Recorded(reason="address_refused", hops=1)

REDIRECTS = (
    _http("loop.test", "Two pages that lead to each other.", answers.round_and_round, _ROUND),
    _http("long-way.test", "Twelve redirects.", answers.count_down, _ROUND, path="/12"),
    _http(
        "ten-hops.test", "Ten redirects, then a page.", answers.count_down, Recorded(status=200, hops=10), path="/10"
    ),
    _http("bad-location.test", "A Location that is no URL.", answers.redirect_to("http://[oops/"), _NOWHERE),
    _http(
        "to-mail.test",
        "A Location that is no web address.",
        answers.redirect_to("mailto:office@to-mail.test"),
        _NOWHERE,
    ),
    _http("to-inside.test", "Leads to a private address.", answers.redirect_to("http://10.0.0.1/"), _INSIDE),
    _http("to-loopback.test", "Leads to this machine.", answers.redirect_to("http://127.0.0.1/"), _INSIDE),
    _http(
        "to-other-port.test", "Leads to a port no page has.", answers.redirect_to("http://closed.test:6379/"), _INSIDE
    ),
    *(
        _http(f"moved-{code}.test", f"Moved, {code}.", answers.redirect_once(code), Recorded(status=200, hops=1))
        for code in (301, 302, 303, 307, 308)
    ),
)

_WAIT = ("Retry-After", "120")

STATUSES = (
    _http("ok.test", "A page with nothing wrong.", answers.page, GOOD),
    _http("nothing.test", "No content.", answers.status(204), Recorded(status=204)),
    *(
        _http(
            f"status-{code}.test",
            f"Answers {code}.",
            answers.status(code, *headers, reason=reason),
            Recorded(status=code),
        )
        for code, headers, reason in (
            (401, (("WWW-Authenticate", 'Basic realm="ledgers"'),), None),
            (403, (), None),
            (404, (), None),
            (410, (), None),
            (418, (), None),
            (429, (_WAIT,), None),
            (451, (("Link", '<http://ok.test/page>; rel="blocked-by"'),), None),
            (500, (), None),
            (502, (), None),
            (503, (_WAIT,), None),
            (999, (), "Request denied"),
        )
    ),
)


def _robots(text: str) -> Answer:
    return lambda request: Response(headers=[("Content-Type", "text/plain")], body=text.encode())


ROBOTS = (
    Failure(
        host="robots-forbid.test",
        sentence="robots.txt forbids every page.",
        robots=_robots("User-agent: *\nDisallow: /\n"),
        recorded=Recorded(reason="robots"),
    ),
    Failure(
        host="robots-fail.test",
        sentence="robots.txt answers 503: not now (RFC 9309).",
        robots=answers.status(503),
        recorded=Recorded(reason="robots_unavailable"),
    ),
)

FAILURES: tuple[Failure, ...] = (
    *NAMES, *CONNECTIONS, *CERTIFICATES, *HEADS, *BODIES, *REDIRECTS, *STATUSES, *ROBOTS,
)  # fmt: skip

BY_HOST = {failure.host: failure for failure in FAILURES}
