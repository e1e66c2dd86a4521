"""How fast a site is asked after what it answered: pure rules, and their rows."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep import clock
from citekeep.items import Check, DueLink, Exchange, Judgement
from citekeep.pace import DAY, REASONS, Pace, PaceRules, after, capped, heeded, signs_of
from citekeep.retry_after import LONGEST, seconds_in

NOW = "2026-11-23T10:00:00Z"
RULES = PaceRules(per_day=100)


def told(pace, *signs, link_id=1, wait=None, now=NOW, rules=RULES):
    for sign in signs:
        pace = after(pace, sign, link_id=link_id, wait=wait, rules=rules, now=now)
    return pace


def seconds_paused(pace, now=NOW):
    return clock.parse(pace.paused_until) - clock.parse(now)


# --- Retry-After ---


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0), ("120", 120), (" 120 ", 120), ("1.5", 1.5), ("9" * 300, LONGEST), ("-1", None), ("", None), ("soon", None),
        ("1e9", None), ("0x10", None), ("٣", None), ("120, 240", None),
        ("Mon, 23 Nov 2026 12:00:00 GMT", 7_200), ("Monday, 23-Nov-26 12:00:00 GMT", 7_200),
        ("Mon Nov 23 12:00:00 2026", 7_200), ("Mon, 23 Nov 2026 12:00:00 +0200", 0), ("Mon, 23 Nov 1926 12:00:00 GMT", 0),
        ("Mon, 23 Nov 9999 12:00:00 GMT", LONGEST), ("Mon, 99 Nov 2026 12:00:00 GMT", None),
    ],
)  # fmt: skip
def test_retry_after(value, seconds):
    fields = [("Server", "x"), ("retry-after", value), ("Retry-After", "7"), ("Date", "Mon, 23 Nov 2026 10:00:00 GMT")]
    assert seconds_in(fields) == seconds


def test_a_date_counts_from_the_answers_own_else_from_our_clock():
    until = [("Retry-After", "Mon, 23 Nov 2026 12:00:00 GMT")]
    assert seconds_in([*until, ("Date", "Mon, 23 Nov 2026 11:59:00 GMT")], now=0.0) == 60
    assert seconds_in(until) is None
    assert seconds_in(until, now=clock.parse(NOW)) == 7_200


@given(
    st.lists(st.tuples(st.sampled_from(["Retry-After", "Date", "X"]), st.text(max_size=400))),
    st.floats(0, 1e11) | st.none(),
)
def test_any_fields_give_a_time_or_none(fields, now):
    seconds = seconds_in(fields, now)
    assert seconds is None or 0 <= seconds <= LONGEST


@given(st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)), st.integers(0, 10**8))  # noqa: DTZ001 - given a zone below
def test_a_date_and_seconds_say_the_same(sent, seconds):
    sent = sent.replace(tzinfo=UTC, microsecond=0)
    until = datetime.fromtimestamp(sent.timestamp() + seconds, UTC)
    fields = [("Retry-After", format_datetime(until, usegmt=True)), ("Date", format_datetime(sent, usegmt=True))]
    assert seconds_in(fields) == seconds == seconds_in([("Retry-After", str(seconds))])


# --- back-off ---


def test_the_pause_between_requests_doubles_to_its_limit_and_shrinks_slowly():
    pace = Pace(answered=True)
    delays = [(pace := told(pace, "failed")).delay_ms for _ in range(8)]
    assert delays == [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]
    steps = 0
    while pace.delay_ms is not None:
        slower, pace = pace.delay_ms, told(pace, "answered")
        assert pace.delay_ms is None or 0.85 * slower < pace.delay_ms < slower
        steps += 1
    assert steps > 30
    assert pace.at_rest


def test_a_site_that_never_answered_is_not_asked_more_slowly():
    assert told(Pace(), "failed", "failed") == Pace()


def test_without_a_delay_of_the_settings_there_is_one_all_the_same():
    rules = PaceRules(base_ms=0)
    pace = told(Pace(answered=True), "failed", rules=rules)
    assert pace.delay_ms == 500
    for _ in range(10):
        pace = told(pace, "answered", rules=rules)
    assert pace.at_rest


@pytest.mark.parametrize(("wait", "seconds"), [(0, 1), (5, 5), (7_200, 7_200), (1e12, DAY), (None, 3_600)])
def test_it_is_left_alone_for_as_long_as_it_asks(wait, seconds):
    pace = told(Pace(), "asked_less", wait=wait)
    assert (seconds_paused(pace), pace.pause_reason, pace.delay_ms) == (seconds, "asked_less", 2_000)


def test_who_does_not_say_how_long_is_left_alone_for_longer_each_time():
    pace, found, now = Pace(), [], NOW
    for _ in range(6):
        pace = told(pace, "asked_less", now=now)
        found.append(seconds_paused(pace, now) / 3_600)
        now = pace.paused_until
    assert found == [1, 2, 4, 8, 16, 24]
    assert told(pace, "answered").pleas == 0


def test_a_longer_pause_stays():
    pace = told(told(Pace(), "asked_less", wait=7_200), "asked_less", wait=60)
    assert seconds_paused(pace) == 7_200


def test_walls_on_different_links_in_a_row_pause_a_site_for_longer_each_time():
    pace = told(Pace(), "walled", "walled", "walled", link_id=1)
    assert not pace.is_paused(NOW), "one link, however often it is asked"
    pace = told(told(pace, "walled", link_id=2), "answered", link_id=3)
    pace = told(told(pace, "walled", link_id=1), "walled", link_id=2)
    assert not pace.is_paused(NOW), "a page was let through"
    pace = told(pace, "walled", link_id=4)
    assert (seconds_paused(pace), pace.pause_reason) == (DAY, "walled")
    found, now = [], pace.paused_until
    for _ in range(7):
        assert not pace.is_paused(now)
        pace = told(pace, "walled", link_id=9, now=now)
        found.append(seconds_paused(pace, now) / DAY)
        now = pace.paused_until
    assert found == [2, 4, 8, 16, 32, 32, 32]
    assert told(pace, "answered", now=now).walls == 0


def test_a_day_ends_at_midnight():
    assert capped(Pace(), now="2026-12-31T23:59:59Z").paused_until == "2027-01-01T00:00:00Z"
    assert capped(Pace(), now="2026-12-31T00:00:00Z").paused_until == "2027-01-01T00:00:00Z"


@given(
    st.lists(
        st.tuples(st.sampled_from(["answered", "failed", "asked_less", "walled"]), st.integers(1, 5),
                  st.none() | st.floats(0, 1e12), st.integers(0, 10**7)),
        max_size=60,
    ),
    st.integers(0, 5_000),
    st.floats(0, 1),
    st.integers(0, 4),
)  # fmt: skip
def test_whatever_comes_the_pace_stays_within_its_limits(signs, base_ms, recovery, walls):
    rules = PaceRules(base_ms=base_ms, recovery=recovery, walls=walls)
    pace, now = Pace(), clock.parse(NOW)
    for sign, link_id, wait, later in signs:
        now += later
        pace = told(pace, sign, link_id=link_id, wait=wait, now=clock.text(now), rules=rules)
        assert pace.delay_ms is None or base_ms <= pace.delay_ms <= 60_000
        assert pace.pause_reason in {None, *REASONS}
        assert pace.paused_until is None or clock.parse(pace.paused_until) <= now + 32 * DAY
        assert len(pace.refused) <= 100
    for _ in range(200):
        pace = told(pace, "answered", now=clock.text(now), rules=PaceRules(base_ms=base_ms))
    assert pace.at_rest


# --- signs ---


def check(*exchanges, verdict="alive", status=200, reason=None, final="https://a.test/1"):
    link = DueLink(link_id=1, url="https://a.test/1", request_url="https://a.test/1")
    judged = Judgement(rules_version=1, verdict=verdict, group="")
    return Check(
        link=link, epoch=1, site_id=1, checked_at=NOW, requested_url=link.url, final_url=final, status=status, reason=reason,
        exchanges=list(exchanges), judgement=judged,
    )  # fmt: skip


def seen(url="https://a.test/1", **fields):
    return Exchange(url=url, **fields)


SLOW = Pace(answered=True, delay_ms=4_000)


@pytest.mark.parametrize(
    ("made", "pace", "signs"),
    [
        (check(seen(status=200)), Pace(answered=True), []),
        (check(seen(status=200)), Pace(), [("a.test", "answered", None)]),
        (check(seen(status=404), status=404, verdict="not_found"), SLOW, [("a.test", "answered", None)]),
        (check(seen(status=500), status=500, verdict="server_error"), SLOW, []),
        (check(seen(status=503), status=503, verdict="server_error"), SLOW, [("a.test", "failed", None)]),
        (check(seen(status=504), status=504, verdict="server_error"), Pace(), [("a.test", "failed", None)]),
        (check(seen(status=429), status=429, verdict="rate_limited"), SLOW, [("a.test", "asked_less", None)]),
        (check(seen(status=503, headers=[("Retry-After", "9")]), status=503, verdict="rate_limited"), SLOW,
         [("a.test", "asked_less", 9)]),
        (check(seen(error="timeout"), status=None, verdict="timeout"), SLOW, [("a.test", "failed", None)]),
        (check(seen(error="nxdomain"), status=None, verdict="dns_nxdomain"), SLOW, []),
        (check(seen(error="local"), status=None, verdict="local"), SLOW, []),
        (check(seen(status=403), status=403, verdict="access_denied"), SLOW, [("a.test", "walled", None)]),
        (check(seen(status=401), status=401, verdict="access_denied"), SLOW, []),
        (check(seen(status=200), verdict="bot_wall"), Pace(answered=True), [("a.test", "walled", None)]),
        (check(seen(status=200), verdict="blocked_page"), SLOW, []),
        (check(seen(url="https://a.test/robots.txt", status=429, purpose="robots"), status=None, reason="robots_unavailable",
               verdict="robots_unavailable"), SLOW, [("a.test", "asked_less", None)]),
        (check(seen(status=302), seen(url="https://www.b.test/x", status=403), status=403, verdict="access_denied",
               final="https://www.b.test/x"), Pace(answered=True), [("b.test", "walled", None)]),
        (check(status=None, reason="robots", verdict="robots"), SLOW, []),
    ],
)  # fmt: skip
def test_what_a_check_tells_of_its_site(made, pace, signs):
    found = signs_of(made, "a.test", pace, clock.parse(NOW))
    assert [tuple(sign.values()) for sign in found] == signs


def test_signs_of_other_sites_change_nothing():
    signs = [{"site": "b.test", "sign": "asked_less", "wait": None}]
    assert heeded(SLOW, signs, "a.test", link_id=1, rules=RULES, now=NOW) == SLOW
