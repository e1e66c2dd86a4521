"""Keys: where they are found, and how they stay out of sight."""

import pytest

from citekeep.wayback.keys import Keys, find_keys


def test_from_the_environment():
    assert find_keys({"IA_ACCESS_KEY_ID": " a1 ", "IA_SECRET_ACCESS_KEY": "s1"}) == Keys("a1", "s1")


def test_from_the_ini_file(tmp_path):
    file = tmp_path / "ia.ini"
    file.write_text("[s3]\naccess = a2\nsecret = s%2\n[cookies]\nlogged-in-user = x\n", encoding="utf-8")
    assert find_keys({"IA_CONFIG_FILE": str(file)}) == Keys("a2", "s%2")


@pytest.mark.parametrize(
    "text", ["", "no ini", "[s3]\naccess = a\n", "[s3]\naccess =\nsecret =\n", "[s3]\naccess = a b\nsecret = c\n"]
)
def test_none_in_a_file_that_has_none(tmp_path, text):
    file = tmp_path / "ia.ini"
    file.write_text(text, encoding="utf-8")
    assert find_keys({"IA_CONFIG_FILE": str(file)}) is None
    assert find_keys({"IA_CONFIG_FILE": str(tmp_path)}) is None


def test_half_a_pair_is_none(tmp_path):
    nowhere = str(tmp_path / "none")
    assert find_keys({"IA_ACCESS_KEY_ID": "a", "IA_CONFIG_FILE": nowhere}) is None


def test_they_show_themselves_to_nobody():
    keys = Keys("visible-access", "visible-secret")
    assert "visible" not in f"{keys} {keys!r} {[keys]}"
    assert keys.header() == "LOW visible-access:visible-secret"
