"""The one list of verdicts, and the page that is held to it."""

import re

import pytest

from citekeep.failures import REASONS
from citekeep.verdicts.table import BY_NAME, GROUPS, RULES_VERSION, VERDICTS
from docs.verdicts_page import verdicts_page


def test_names_and_positions_are_unique_and_in_order():
    assert len(BY_NAME) == len(VERDICTS)
    assert [row.position for row in VERDICTS] == list(range(1, len(VERDICTS) + 1))
    assert all(re.fullmatch(r"[a-z0-9_]+", row.name) for row in VERDICTS)


@pytest.mark.parametrize("row", VERDICTS, ids=lambda row: row.name)
def test_every_verdict_is_whole(row):
    assert row.group in GROUPS
    assert row.cs1_url_status in {"live", "dead", "usurped", "deviated", "unfit", None}
    assert 1 <= row.since_ruleset <= RULES_VERSION
    for sentence in (row.sentence_en, row.sentence_ru, row.sentence_uk):
        assert sentence.endswith(".")
        assert sentence.count("  ") == 0
    assert re.search("[а-я]", row.sentence_ru)
    assert not re.search("[іїєґ]", row.sentence_ru)
    assert not re.search("[ыэъё]", row.sentence_uk)


def test_every_reason_not_to_ask_is_a_verdict():
    assert {row.name for row in VERDICTS if row.group == "not_checked"} == {*REASONS, "local", "saved_document"}


def test_what_the_groups_imply():
    for row in VERDICTS:
        if row.group in {"unknown_access", "not_checked", "alive"}:
            assert not row.strikes, "a refusal never strikes"
        if row.group in {"dead", "dead_soft"}:
            assert row.strikes
            assert row.rot_broad
        if row.group in {"unknown_access", "pending", "not_checked"}:
            assert row.rot_strict is None
            assert row.rot_broad is None
            assert row.cs1_url_status is None
        if row.rot_strict:
            assert row.rot_broad


def test_the_page_tells_every_verdict():
    for row in VERDICTS:
        assert f"| `{row.name}` | {row.sentence_en} |" in verdicts_page()
