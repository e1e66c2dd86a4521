"""Random outages, refusals, losses and kills: whatever happens, the ledger says no more than is so, and forgets nothing.

A kill is an exception out of the worker at a random request, as sudden as the end of a process: nothing it would have
written afterwards is written. What a dead process cannot do in the database is not done here either.
"""

from collections import Counter
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citekeep import clock
from citekeep.wayback import ledger as ledger_module
from citekeep.wayback.client import Client
from citekeep.wayback.ledger import NEEDS_MEMENTO, OPEN, TRANSITIONS
from citekeep.wayback.outcomes import same_page
from citekeep.wayback.terms import SERVICE
from citekeep.wayback.worker import Worker

LINKS = [f"https://site-{n}.test/page?id={n}" for n in range(2)]

FAULTS = st.sampled_from(
    [
        ("refuse", {"code": "error:not-found"}),
        ("refuse", {"code": "error:service-unavailable"}),
        ("refuse", {"code": "error:too-many-daily-captures"}),
        ("refuse", {"code": None, "message": "Crawling this host is paused"}),
        ("error", {"code": "error:browsing-timeout"}),
        ("error", {"code": None, "message": None}),
        ("lost", {}),
        ("no_job", {}),
        ("delayed", {"seconds": 7_200}),
        ("takes", {"seconds": 110}),
        ("lag", {"seconds": 20_000}),
        ("reset", {"captured": True}),
        ("reset", {"captured": False}),
        ("status", {"status": 429}),
        ("status", {"status": 520, "captured": True}),
        ("status", {"status": 503}),
        ("status", {"status": 200, "body": "<html>"}),
        ("status", {"status": 401, "body": "{}"}),
        ("tell", {"fields": {"timestamp": None}}),
        ("tell", {"fields": {"timestamp": "20100101000000"}}),
        ("tell", {"fields": {"original_url": "/elsewhere"}}),
        ("tell", {"fields": {"original_url": "https://elsewhere.test/"}}),
        ("status", {"at": "index", "status": 429, "body": ""}),
        ("status", {"at": "index", "status": 200, "body": "<html>\n"}),
        ("outage", {}),
        ("robots_line", {}),
        ("rows", {"lines": ("x 20000012170449 http://mailto:x text/html 200 A 1",)}),
        ("status", {"at": "status", "status": 502}),
        ("reset", {"at": "user"}),
    ]
)

EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("fault"), st.sampled_from(LINKS), FAULTS, st.sampled_from([1, 2, None])),
        st.tuples(st.just("work"), st.sampled_from([30, 600, 7_200, 90_000])),
        st.tuples(st.just("kill"), st.integers(1, 8)),
        st.tuples(st.just("later"), st.sampled_from([60, 4_000, 90_000])),
        st.tuples(st.just("mend")),
    ),
    min_size=2,
    max_size=8,
)


class KilledError(BaseException):
    """The process is gone."""


async def play(ledger, archive, events):
    for event, *told in events:
        if event == "fault":
            url, (mode, options), times = told
            # Jobs and accounts have no URL; a fault of theirs is everyone's.
            pattern = "*" if options.get("at") in {"status", "user"} else url.replace("?", "[?]")
            archive.standin.script(pattern, mode, times=times, **options)
        elif event == "work":
            await ledger.work(seconds=told[0])
        elif event == "kill":
            await work_and_die(ledger, told[0])
        elif event == "later":
            clock.turn(told[0])
        else:
            archive.standin.scripts.clear()
        check(ledger, archive)


async def work_and_die(ledger, after):
    """Work until the Nth request, then be gone: before it leaves (even N) or when its answer is there (odd N)."""
    left = [after]
    ask = Client.ask

    async def fatal(self, *args, **named):
        left[0] -= 1
        if left[0] == 0 and after % 2 == 0:
            raise KilledError
        try:
            return await ask(self, *args, **named)
        finally:
            if left[0] == 0:
                raise KilledError

    with pytest.MonkeyPatch.context() as patch, suppress(KilledError):
        patch.setattr(Client, "ask", fatal)
        # The dead clean nothing up.
        patch.setattr(ledger_module, "give_lease", lambda *_: None)
        patch.setattr(Worker, "_adopt", adopt_once())
        await ledger.work(seconds=600)
    clock.turn(301)  # its lease runs out


def adopt_once():
    adopt, begun = Worker._adopt, []

    async def adopt_at_the_beginning(self):
        if not begun:
            begun.append(True)
            await adopt(self)

    return adopt_at_the_beginning


async def settle(ledger):
    """Work until no wish is open, for forty days at most."""
    end = clock.timestamp() + 40 * 86_400
    while clock.timestamp() < end:
        await ledger.work()
        at = await ledger.writer.run(ledger_module.next_time, SERVICE, urgent=True)
        if at is None:
            return
        clock.turn(max(60.0, clock.parse(at) - clock.timestamp()))


def check(ledger, archive):
    """Hold the ledger against what really happened."""
    saves = ledger.rows(
        "SELECT s.id, s.state, s.memento_id, l.url, m.memento_url, m.memento_at, s.submitted_at FROM saves AS s"
        " JOIN links AS l ON l.id = s.link_id LEFT JOIN mementos AS m ON m.id = s.memento_id"
    )
    events = ledger.rows("SELECT * FROM save_events ORDER BY id")
    assert {save["url"] for save in saves} == set(LINKS), "a wish is gone"
    for save in saves:
        path = [event for event in events if event["save_id"] == save["id"]]
        assert path[0]["from_state"] is None
        assert path[-1]["to_state"] == save["state"], "the story and the state differ"
        for earlier, later in pairwise(path):
            assert earlier["to_state"] == later["from_state"], "a state was lost"
            assert later["to_state"] in TRANSITIONS[later["from_state"]]
        if save["state"] in NEEDS_MEMENTO:
            assert same_page(save["memento_url"].split("/", 5)[5], save["url"]), "a memento of another page"
        else:
            assert save["memento_id"] is None
        if save["state"] == "saved":
            made = {(c.timestamp, c.key) for c in archive.standin.captures}
            stamp = clock.stamp14(save["memento_at"])
            assert any(stamp == timestamp for timestamp, _ in made), "saved, and nothing was captured then"
        check_sent(save, path, archive)


def check_sent(save, path, archive):
    """A wish is sent once for each time it is written down, and never again once it may have come about."""
    sent = Counter(archive.standin.save.submitted)[save["url"]]
    assert sent <= sum(event["to_state"] == "submitting" for event in path), "sent without being written down"
    captured = sum(capture.url == save["url"] for capture in archive.standin.captures)
    assert captured <= 1, "sent again though it had come about"
    unknown = next((n for n, event in enumerate(path) if event["to_state"] == "unknown"), len(path))
    assert all(event["to_state"] != "submitting" for event in path[unknown:]), "sent again though it may have been sent"


@pytest.mark.timeout(300)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS)
async def test_a_random_walk(make_world, events):
    async with make_world() as (ledger, archive):
        await ledger.wish(*LINKS)
        await play(ledger, archive, events)
        archive.standin.scripts.clear()
        await settle(ledger)
        check(ledger, archive)
        left = {url: state for url, state in ledger.states().items() if state in OPEN}
        assert not left, "a wish that comes to no end"
