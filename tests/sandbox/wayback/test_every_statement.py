"""No statement is without a test, no script without a use."""

import re
from pathlib import Path

import pytest

from sandbox.wayback.scripts import MODES, Scripts

TESTS = [path.read_text() for path in Path(__file__).parent.glob("test_statements_*.py")]


def test_all_42_statements_have_tests_that_name_them():
    named = {int(number) for text in TESTS for number in re.findall(r"def test_statement_(\d\d)_", text)}
    assert named == set(range(1, 43))


def test_every_mode_is_tested():
    used = {mode for text in TESTS for mode in re.findall(r"\.script\(\s*[^,]+, \"(\w+)\"", text)}
    assert used | {"reset", "hang", "lost"} == set(MODES)


@pytest.mark.parametrize(
    ("mode", "options"), [("no_such_mode", {}), ("refuse", {"at": "index"}), ("lag", {"minutes": 1})]
)
def test_a_script_that_there_is_not_is_refused(mode, options):
    with pytest.raises(ValueError, match="No such script"):
        Scripts().add("*", mode, **options)


def test_scripts_are_used_up_in_order():
    scripts = Scripts()
    scripts.add("https://a.test/*", "status", status=503, times=1)
    scripts.add("https://a.test/*", "status", status=520)
    taken = [scripts.take("https://a.test/1", "save") for _ in range(3)]
    assert [effects["status"]["status"] for effects in taken] == [503, 520, 520]
    assert scripts.take("https://b.test/1", "save") == {}
    assert scripts.take("https://a.test/1", "index") == {}
