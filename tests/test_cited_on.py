"""From when to when a citation can have been made."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep.cited_on import Facts, Interval, interval

SEEN = "2026-11-23"
PUBLISHED = {"published_on": "2022-01-13", "published_basis": "json_ld"}
GUESSED = {"published_on": "2022-01-13", "published_basis": "guess"}


@pytest.mark.parametrize(
    ("facts", "earliest", "latest", "basis"),
    [
        ({}, None, SEEN, "first_seen"),
        (PUBLISHED, "2022-01-13", "2022-01-13", "published"),
        ({**PUBLISHED, "published_basis": "user"}, "2022-01-13", "2022-01-13", "published"),
        ({**PUBLISHED, "published_basis": "feed"}, "2022-01-13", "2022-01-13", "feed"),
        (GUESSED, "2022-01-13", SEEN, "guess"),
        ({**PUBLISHED, "accessed_on": "2022-03-01"}, "2022-03-01", "2022-03-01", "accessed"),
        ({**PUBLISHED, "accessed_on": "2026-12-24"}, "2022-01-13", "2022-01-13", "published"),  # after it was seen
        ({"absent_on": "2026-10-01"}, "2026-10-01", SEEN, "between_checks"),
        ({**PUBLISHED, "absent_on": "2026-10-01"}, "2026-10-01", SEEN, "between_checks"),
        ({**PUBLISHED, "absent_on": "2022-01-10"}, "2022-01-13", "2022-01-13", "published"),  # seen before it was out
        ({"memento_on": "2023-05-05"}, None, "2023-05-05", "memento"),
        ({**GUESSED, "memento_on": "2023-05-05"}, None, "2023-05-05", "memento"),
        ({"memento_on": "2023-05-05", "memento_absent_on": "2023-04-01"}, "2023-04-01", "2023-05-05", "memento"),
        ({**PUBLISHED, "memento_on": "2023-05-05"}, "2022-01-13", "2022-01-13", "published"),
        ({**PUBLISHED, "memento_on": "2023-05-05", "memento_absent_on": "2022-02-02"}, "2022-02-02", "2023-05-05", "memento"),
        ({**PUBLISHED, "memento_on": "2021-05-05"}, None, "2021-05-05", "memento"),  # it was out before its own date
        ({"memento_absent_on": "2023-04-01"}, "2023-04-01", SEEN, "memento"),
        ({"memento_absent_on": "2023-04-01", "absent_on": "2026-04-01"}, "2026-04-01", SEEN, "between_checks"),
        # what is cited is younger than the article
        ({**PUBLISHED, "link_on": "2025-03-04"}, "2025-03-04", SEEN, "later_link"),
        ({**PUBLISHED, "link_on": "2022-01-14"}, "2022-01-13", "2022-01-13", "published"),  # another zone's day
        ({**PUBLISHED, "link_on": "2022-01-15"}, "2022-01-15", SEEN, "later_link"),
        ({**PUBLISHED, "link_on": "2019-01-01"}, "2022-01-13", "2022-01-13", "published"),
        ({**PUBLISHED, "link_on": "2027-01-01"}, "2022-01-13", "2022-01-13", "published"),  # it was seen before that
        ({**PUBLISHED, "link_on": "2025-03-04", "memento_on": "2025-04-01"}, "2025-03-04", "2025-04-01", "later_link"),
        ({**GUESSED, "link_on": "2025-03-04"}, "2025-03-04", SEEN, "later_link"),
        ({"accessed_on": "2020-01-01", "link_on": "2025-03-04"}, "2025-03-04", SEEN, "later_link"),
        ({"link_on": "2025-03-04"}, "2025-03-04", SEEN, "first_seen"),
        ({**PUBLISHED, "page_on": "2025-03-04"}, "2025-03-04", SEEN, "later_link"),
        ({"page_on": "2025-03-04"}, None, SEEN, "first_seen"),  # an encyclopaedia's page names its first day
        ({"absent_on": "2024-01-01", "link_on": "2025-03-04"}, "2025-03-04", SEEN, "between_checks"),
        ({"absent_on": "2026-01-01", "link_on": "2025-03-04"}, "2026-01-01", SEEN, "between_checks"),
    ],
)  # fmt: skip
def test_an_interval_is_what_the_facts_leave(facts, earliest, latest, basis):
    assert interval(Facts(seen_on=SEEN, **facts)) == Interval(earliest, latest, basis)


DAYS = st.dates(min_value=date(1995, 1, 1), max_value=date(2026, 12, 31))
MAYBE = st.none() | DAYS.map(str)


@given(DAYS.map(str), st.tuples(*[MAYBE] * 7), st.sampled_from([None, "guess", "feed", "meta", "user"]))
def test_an_interval_never_ends_before_it_begins_nor_after_it_was_seen(seen, known, basis):
    absent, memento, memento_absent, accessed, published, link, page = known
    facts = Facts(
        seen_on=seen, absent_on=absent, memento_on=memento, memento_absent_on=memento_absent, accessed_on=accessed,
        published_on=published, published_basis=basis, link_on=link, page_on=page,
    )  # fmt: skip
    found = interval(facts)
    assert found.earliest is None or found.earliest <= found.latest
    if found.basis not in {"accessed", "published", "feed"}:
        assert found.latest <= min(seen, memento or seen)
    if found.earliest is None:
        assert found.basis in {"first_seen", "memento"}
    if published and basis == "guess":
        assert found.basis not in {"published", "feed"}
