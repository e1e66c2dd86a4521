"""Answers of archives."""

from __future__ import annotations

from typing import Any

from citekeep import clock
from citekeep.exceptions import WaybackError
from citekeep.wayback import keyless, link_format, lookup, memento, spn
from citekeep.wayback.archives import Archive
from citekeep.wayback.client import RETRY_AFTER_MAX, Answer, retry_after
from citekeep.wayback.keys import Keys
from citekeep.wayback.lookup import Capture, Found
from citekeep.wayback.outcomes import made_of, same_page
from citekeep.wayback.replay import Replayed, replay
from fuzz import bytes_as
from fuzz.bytes_as import answer, finished

URL = "https://example.org/page"
AT = "2022-01-14T08:30:15Z"
_LONGEST_WAIT = 10 * 366 * 86_400.0  # seconds: what a date can still be made of


def cdx(data: bytes) -> None:
    """An index's text gives captures with a time and a URL, and a number of rows that could not be read."""
    _captures(lookup.parse(data.decode("utf-8", "replace")))


def _captures(found: Found) -> None:
    assert found.malformed >= 0
    assert found.outcome in {"rows", "empty", "malformed"}
    assert found.captures == sorted(found.captures, key=lambda capture: capture.at)
    for capture in found.captures:
        _sound(capture)


def _sound(capture: Capture) -> None:
    clock.parse(capture.at)
    assert capture.memento_url.lower().startswith(("http://", "https://"))
    assert capture.status is None or 100 <= capture.status <= 999
    "".join((capture.memento_url, capture.original, capture.type, capture.digest)).encode("utf-8")


def save_page_now(data: bytes) -> None:
    """An answer of Save Page Now gives a submission, a status and an account, or WaybackError."""
    archive: Any = bytes_as.Archive([answer(data)])
    service = spn.SavePageNow(archive, Keys("access", "secret"))
    for ask in (
        lambda: service.submit(URL),
        lambda: service.status("job-1"),
        lambda: service.statuses(["job-1", "job-2"]),
        service.user,
        lambda: spn.system(archive),
    ):
        try:
            told: Any = finished(ask())
        except WaybackError as error:
            assert error.retry_after is None or 0 <= error.retry_after <= RETRY_AFTER_MAX
            continue
        for one in told if isinstance(told, list) else [told]:
            _told(one)


def _told(one: Any) -> None:
    if isinstance(one, spn.Submission):
        assert 0 <= one.delay <= _LONGEST_WAIT
        clock.after(one.delay)
    elif isinstance(one, spn.Status):
        state, capture, _ = made_of(one, URL, AT)
        assert state in {"saved", "found", "unknown"}
        if capture is not None:
            _sound(capture)
    elif isinstance(one, spn.User):
        for number in vars(one).values():
            assert number is None or abs(number) < 2**63  # what SQLite holds


def links(data: bytes) -> None:
    """A TimeMap or Link field gives links, whatever is between them."""
    found = link_format.parse(data.decode("utf-8", "replace"))
    for link in found:
        assert not {"<", ">"} & set(link.uri)
        assert isinstance(link.relations, frozenset)
        same_page(link.uri, URL)


def memento_answer(data: bytes) -> None:
    """Two answers of an archive, to a TimeMap, a TimeGate or a memento, give captures, a page, or WaybackError."""
    mode, first, second = data[:1], *data[1:].partition(b"\x00\x00")[::2]
    client: Any = bytes_as.Archive([answer(first), answer(second)])
    archive = Archive("other", client.base, "/timemap/link/{url}", timegate=mode == b"g")
    try:
        if mode == b"r":
            _replayed(finished(memento.read_back(client, f"{client.base}/web/2020/{URL}", URL)))
        else:
            _captures(finished(memento.ask(client, archive, URL, AT)))
    except WaybackError:
        return


def replayed(data: bytes) -> None:
    """Two answers to a memento of the Wayback Machine give a page, why there is none, or WaybackError."""
    first, second = data.partition(b"\x00\x00")[::2]
    client: Any = bytes_as.Archive([answer(first), answer(second)], base="https://web.archive.org")
    try:
        _replayed(finished(replay(client, "https://web.archive.org/web/20220114083015/https://example.org/page")))
    except WaybackError:
        return


def _replayed(seen: Replayed) -> None:
    assert seen.missing in {None, "not_there", "another_time", "excluded", "loop", "target"}
    for moment in (vars(seen)[name] for name in ("at", "landed_at") if vars(seen).get(name)):
        clock.parse(moment)
    assert seen.digest is None or len(seen.digest) == 32


def retry(data: bytes) -> None:
    """Retry-After is a number of seconds up to a day, or none; the address of a keyless save is a capture or none."""
    value = data.decode("latin-1")
    seconds = retry_after(Answer(429, {"retry-after": value}, b""))
    assert seconds is None or 0 <= seconds <= RETRY_AFTER_MAX
    try:
        keyless.named_capture(value, 0.0)
    except WaybackError:
        return
