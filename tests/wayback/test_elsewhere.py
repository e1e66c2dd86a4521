"""Other archives, asked by the Memento protocol about what the Wayback Machine has no good snapshot of."""

import pytest

from citekeep import clock
from citekeep.exceptions import WaybackError, WaybackThrottledError, WaybackUnreachableError
from citekeep.reading import read
from citekeep.wayback.archives import parse_archives
from citekeep.wayback.client import Client
from citekeep.wayback.idle import RETRY
from citekeep.wayback.memento import KEPT, PAGES_MAX, ask
from sandbox.http import Response
from sandbox.wayback import StandIn
from sandbox.wayback.captures import Capture
from sandbox.wayback.clock import seconds_of

URL = "https://gone.test/2022/page"
OTHER = "https://other.test/page"
HOST = "library.test"
TIMEMAP = f"library=https://{HOST}/web/timemap/link/{{url}}"
TIMEGATE = f"library=timegate:https://{HOST}/web/{{url}}"
DEAD = {"verdict": "not_found", "standing": "dead", "status": 404}
CITED = "2022-01-13T12:00:00Z"
STORY = (
    "<html><head><title>Departures of a year</title></head><body><article><h1>Departures of a year</h1>"
    + "".join(f"<p>In the month number {n} many people left the country, the register says, and few came back.</p>"
              for n in range(12))
    + "</article></body></html>"
).encode()  # fmt: skip
NOT_FOUND = b"<html><head><title>404 Not Found</title></head><body><h1>Page not found</h1></body></html>"


class Library:
    """Another archive, on a host of its own. asked: the paths that were asked for, with Accept-Datetime."""

    def __init__(self, archive):
        self.standin = StandIn(None, {}, clock=archive.clock)
        self.asked = []
        self.answer = None
        self.without = set()
        archive.proxy.handlers[HOST] = self.handle

    def holds(self, *stamps, url=URL, **fields):
        for stamp in stamps:
            made = {"listed_from": seconds_of(stamp), "body": STORY, **fields}
            self.standin.captures.add(Capture(url=url, timestamp=stamp, **made))

    async def handle(self, request):
        self.asked.append((request.target, request.header("Accept-Datetime")))
        if self.answer is not None:
            return self.answer
        response = await self.standin.handle(request)
        response.headers = [(name, self._own(value)) for name, value in response.headers if name not in self.without]
        response.body = self._own(response.body.decode()).encode()
        return response

    def _own(self, text):
        return text.replace("https://web.archive.org/", f"https://{HOST}/")


class Here:
    """Reads pages in this process."""

    async def read(self, body, seen, history, **named):
        return read(body, seen, history, **named)


@pytest.fixture
def library(archive):
    return Library(archive)


@pytest.fixture
async def other(archive):
    async with Client("Citekeep tests", base=f"https://{HOST}") as client:
        yield client


def look(client, at=CITED, entry=TIMEMAP):
    (archive,) = parse_archives([entry])
    return ask(client, archive, URL, at)


def linked(*links):
    body = ",\n".join([f'<{URL}>; rel="original"', *links])
    return Response(headers=[("Content-Type", "application/link-format")], body=body.encode())


def memento(uri, when="Thu, 20 Jan 2022 08:00:00 GMT"):
    return f'<{uri}>; rel="memento"; datetime="{when}"'


# --- what an archive answers ---


async def test_a_timemap_lists_all(library, other):
    library.holds("20220114083015", "20230511040307")
    found = await look(other)
    assert [(c.memento_url, c.at, c.status) for c in found.captures] == [
        (f"https://{HOST}/web/20220114083015/{URL}", "2022-01-14T08:30:15Z", None),
        (f"https://{HOST}/web/20230511040307/{URL}", "2023-05-11T04:03:07Z", None),
    ]
    assert found.outcome == "rows"


async def test_a_timegate_names_the_nearest_to_the_time_that_is_asked_for(library, other):
    library.holds("20190101000000", "20220114083015", "20230511040307")
    found = await look(other, entry=TIMEGATE)
    assert "2022-01-14T08:30:15Z" in [capture.at for capture in found.captures]
    assert library.asked == [(f"/web/{URL}", "Thu, 13 Jan 2022 12:00:00 GMT")]


async def test_a_timegate_that_tells_no_links_is_followed_to_the_memento(library, other):
    library.holds("20220114083015")
    library.without = {"Link"}
    found = await look(other, entry=TIMEGATE)
    assert [(c.at, c.status) for c in found.captures] == [("2022-01-14T08:30:15Z", 200)]


@pytest.mark.parametrize("entry", [TIMEMAP, TIMEGATE])
async def test_what_it_does_not_have_is_an_answer(library, other, entry):
    assert (await look(other, entry=entry)).outcome == "empty"


@pytest.mark.parametrize(
    ("status", "error"),
    [(429, WaybackThrottledError), (503, WaybackUnreachableError), (403, WaybackError), (410, WaybackError)],
)
@pytest.mark.parametrize("entry", [TIMEMAP, TIMEGATE])
async def test_an_answer_that_says_nothing_is_none(library, other, status, error, entry):
    library.answer = Response(status=status, body=b"Not now")
    with pytest.raises(error):
        await look(other, entry=entry)


async def test_no_other_host_is_asked_and_redirects_end(archive, library, other):
    archive.proxy.handlers["elsewhere.test"] = library.handle
    for location in (
        f"https://elsewhere.test/web/timemap/link/{URL}",
        f"http://{HOST}/x",
        f"https://{HOST}.test/x",
        "/again",
    ):
        library.answer = Response(status=302, headers=[("Location", location)])
        with pytest.raises(WaybackError):
            await look(other)
    assert all(HOST in url for url in archive.log.urls())
    assert len(library.asked) == 3 + 4


async def test_a_timemap_of_another_page_or_of_nothing_is_malformed(library, other):
    library.answer = Response(body=b'<https://evil.test/>; rel="original", ' + memento(f"https://{HOST}/1").encode())
    assert (await look(other)).outcome == "malformed"
    library.answer = Response(body=b"<html>Welcome</html>")
    assert (await look(other)).outcome == "malformed"
    library.answer = linked()
    assert (await look(other)).outcome == "empty"


async def test_hostile_links_are_counted_and_not_kept(library, other):
    library.answer = linked(
        memento(f"http://{HOST}/web/1"), memento("/web/2"), memento("https://third.test/3"),
        memento("javascript:alert(1)"), memento("https://[::1/"), memento("https://a.test/" + "x" * 5_000),
        memento("https://a.test/4", "yesterday"), memento("https://a.test/5", "Thu, 20 Jan 99999 08:00:00 GMT"),
        memento("https://web.archive.org/web/20220120080000/" + URL),
    )  # fmt: skip
    found = await look(other)
    assert [c.memento_url for c in found.captures] == [
        f"https://{HOST}/web/1",
        f"https://{HOST}/web/2",
        "https://third.test/3",
    ]
    assert found.malformed == 5


async def test_of_a_long_list_the_nearest_and_the_newest_are_kept(library, other):
    days = [clock.text(clock.parse(CITED) + n * 86_400) for n in range(-2_000, 1_700)]
    library.holds(*map(clock.stamp14, days), body=b"")
    kept = [capture.at for capture in (await look(other)).captures]
    assert len(kept) == 2 * KEPT
    assert kept[-KEPT:] == days[-KEPT:]
    assert kept[0] == days[2_000 - KEPT // 2]


# --- what becomes of it ---


def lookups(ledger):
    return [
        (row["service"], row["outcome"])
        for row in ledger.rows("SELECT service, outcome FROM lookups WHERE service <> 'wayback' ORDER BY id")
    ]


async def test_the_snapshot_that_only_another_archive_has(ledger, library):
    library.holds("20220114083015", "20230511040307")
    await ledger.wish(URL, mode="lookup", **DEAD)
    await ledger.work(archives=[TIMEMAP])
    assert ledger.states() == {URL: "absent"}, "the wish was one of the Wayback Machine"
    (row,) = ledger.rows("SELECT * FROM as_cited")
    assert (row["snapshot_at"], row["service"], row["snapshot_state"]) == ("2022-01-14T08:30:15Z", "library", "unread")
    origins = {(row["service"], row["origin"]) for row in ledger.rows("SELECT service, origin FROM mementos")}
    assert origins == {("library", "timemap")}
    assert lookups(ledger) == [("library", "rows")]
    assert ledger.rows("SELECT captures FROM witness") == [{"captures": 2}]


@pytest.mark.parametrize("entry", [TIMEMAP, TIMEGATE])
async def test_it_is_read_back_from_the_archives_own_host(ledger, library, entry):
    library.holds("20220114083015")
    await ledger.wish(URL, mode="lookup", **DEAD)
    await ledger.work(archives=[entry], reader=Here())
    (row,) = ledger.rows("SELECT * FROM mementos")
    assert (row["quality"], row["status"], row["digest"]) == ("verified", 200, None), row["reason"]
    assert library.asked[-1][0] == f"/web/20220114083015/{URL}"
    (document,) = ledger.rows("SELECT title FROM documents WHERE id = ?", row["document_id"])
    assert document == {"title": "Departures of a year"}


async def test_an_error_page_is_rejected_and_the_next_is_read(ledger, library):
    library.holds("20220114083015", status=404, body=NOT_FOUND)
    library.holds("20220220191142")
    await ledger.wish(URL, mode="lookup", **DEAD)
    await ledger.work(archives=[TIMEMAP], reader=Here())
    (row,) = ledger.rows("SELECT * FROM as_cited")
    assert (row["snapshot_at"], row["snapshot_state"]) == ("2022-02-20T19:11:42Z", "verified")


class Paged:
    """A TimeMap in pages, as a library serves it. pages: {path: links}."""

    def __init__(self, library, pages):
        self.pages = pages
        self.asked = []
        library.handle = self.handle
        library.standin = None

    async def handle(self, request):
        self.asked.append(request.target)
        found = self.pages.get(request.target)
        return Response(status=503) if found is None else linked(*found)


FIRST = f"/web/timemap/link/{URL}"


@pytest.fixture
def paged(archive, library):
    def make(pages):
        made = Paged(library, pages)
        archive.proxy.handlers[HOST] = made.handle
        return made

    return make


async def at_once():
    return True


def look_at_all(client, turn=at_once):
    (archive,) = parse_archives([TIMEMAP])
    return ask(client, archive, URL, CITED, turn)


async def test_a_timemap_in_pages_is_read_page_after_page(paged, other):
    served = paged({
        FIRST: [memento(f"https://{HOST}/m/1"), f'<https://{HOST}/p/2>; rel="timemap"; type="application/link-format"'],
        "/p/2": [memento("/m/2"), '</p/3>; rel="next"', f'<http://{HOST}{FIRST}>; rel="timemap"'],
        "/p/3": [memento("/m/3"), '</p/2>; rel="timemap"'],
    })  # fmt: skip
    found = await look_at_all(other)
    assert [capture.memento_url.rsplit("/", 1)[1] for capture in found.captures] == ["1", "2", "3"]
    assert (served.asked, found.unread) == ([FIRST, "/p/2", "/p/3"], 0)


async def test_the_pages_about_the_citation_come_first_and_no_more_than_a_number(paged, other):
    years = range(2005, 2026)
    index = [
        f'</y/{year}>; rel="timemap"; from="Sat, 01 Jan {year} 00:00:00 GMT"; until="Fri, 31 Dec {year} 23:59:59 GMT"'
        for year in years
    ]
    served = paged({FIRST: index} | {f"/y/{year}": [memento(f"/m/{year}")] for year in years})
    found = await look_at_all(other)
    assert served.asked[:2] == [FIRST, "/y/2022"]
    assert (len(served.asked), found.unread) == (PAGES_MAX, len(years) - PAGES_MAX + 1)
    assert "2005" not in "".join(served.asked)


async def test_a_page_that_does_not_answer_and_one_that_may_not_be_asked_are_told(paged, other):
    served = paged({FIRST: [memento("/m/1"), '</p/2>; rel="timemap"', '</p/3>; rel="timemap"']})
    found = await look_at_all(other)
    assert (len(found.captures), found.unread, served.asked) == (1, 2, [FIRST, "/p/2"])

    async def never():
        return False

    found = await look_at_all(other, never)
    assert (len(found.captures), found.unread) == (1, 2)


async def test_pages_elsewhere_are_not_asked_for(paged, other):
    served = paged({FIRST: [memento("/m/1"), '<https://elsewhere.test/p/2>; rel="timemap"', '<//x[>; rel="next"']})
    found = await look_at_all(other)
    assert (served.asked, found.unread) == ([FIRST], 0)


async def test_the_look_up_says_what_was_not_read(paged, ledger):
    paged({FIRST: [memento(f"https://{HOST}/m/1"), '</p/2>; rel="timemap"']})
    await ledger.wish(URL, mode="lookup", **DEAD)
    await ledger.work(archives=[TIMEMAP])
    (told,) = ledger.rows("SELECT outcome, reason, rows FROM lookups WHERE service = 'library'")
    assert (told["outcome"], told["rows"]) == ("rows", 1)
    assert told["reason"] == "1 more pages of its list were not read"


async def test_what_it_names_on_other_hosts_stays_unread(archive, ledger, library):
    library.answer = linked(memento(f"https://third.test/web/20220120080000/{URL}"))
    await ledger.wish(URL, mode="lookup", **DEAD)
    await ledger.work(archives=[TIMEMAP], reader=Here())
    (row,) = ledger.rows("SELECT quality, tries, memento_at FROM mementos")
    assert row == {"quality": "unread", "tries": 0, "memento_at": "2022-01-20T08:00:00Z"}
    assert len(library.asked) == 1
    assert not archive.proxy.refused


async def test_what_the_wayback_machine_has_is_not_asked_for_elsewhere(ledger, library, holds):
    holds(URL, "20220114083015")
    await ledger.wish(URL, mode="lookup", **DEAD)
    await ledger.wish(OTHER)
    await ledger.work(archives=[TIMEMAP])
    assert library.asked == []


async def test_after_a_snapshot_was_rejected_others_are_asked(ledger, library, holds):
    holds(URL, "20220114083015", body=NOT_FOUND)
    library.holds("20220115000000")
    await ledger.wish(URL, mode="lookup", **DEAD)
    await ledger.work(archives=[TIMEMAP], reader=Here())
    assert ledger.states() == {URL: "rejected"}
    (row,) = ledger.rows("SELECT * FROM as_cited")
    assert (row["snapshot_at"], row["service"], row["snapshot_state"]) == (
        "2022-01-15T00:00:00Z",
        "library",
        "verified",
    )


@pytest.mark.parametrize("change", ["public = 0", "withheld = 'a token in its query'"])
async def test_private_and_withheld_links_are_never_named(archive, ledger, library, change):
    await ledger.wish(URL, mode="lookup", **DEAD)
    await ledger.work()
    await ledger.writer.run(lambda c: c.execute(f"UPDATE links SET {change}") and None)
    archive.log.clear()
    await ledger.work(archives=[TIMEMAP])
    assert archive.log.urls() == []


async def test_it_is_asked_once_and_again_when_its_answer_is_old(ledger, library):
    await ledger.wish(URL, mode="lookup", **DEAD)
    await ledger.work(archives=[TIMEMAP])
    await ledger.work(archives=[TIMEMAP])
    assert lookups(ledger) == [("library", "empty")]
    clock.turn(31 * 86_400)
    await ledger.work(archives=[TIMEMAP])
    assert lookups(ledger) == [("library", "empty")] * 2


async def test_an_outage_of_one_archive_hinders_nothing_else(ledger, library):
    library.answer = Response(status=503, body=b"")
    await ledger.wish(URL, OTHER, mode="lookup", **DEAD)
    summary = await ledger.work(archives=[TIMEMAP])
    assert summary.sentence.startswith("library: HTTP 503. Nothing is asked of it until ")
    assert ledger.states() == {URL: "absent", OTHER: "absent"}
    assert set(lookups(ledger)) == {("library", "failed")}
    library.answer = None
    clock.turn(RETRY)
    await ledger.work(archives=[TIMEMAP])
    assert lookups(ledger)[-2:] == [("library", "empty")] * 2


async def test_it_keeps_a_guests_pace(ledger, library):
    await ledger.wish(*(f"https://gone-{n}.test/" for n in range(30)), mode="lookup", **DEAD)
    await ledger.work()
    begun = clock.timestamp()
    await ledger.work(archives=[TIMEMAP])
    assert len(library.asked) == 30
    assert clock.timestamp() - begun > 120
