"""SECURITY.md is held to the code: what it names is there, what it says of settings is so."""

import importlib.util
import re
from pathlib import Path

import pytest

from fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
FROM_ENVIRONMENT = {"HTTPS_PROXY", "CITEKEEP_DATA"}


@pytest.fixture(scope="module")
def settings():
    spec = importlib.util.spec_from_file_location("settings_of_security", ROOT / "settings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_setting_named_is_there(settings):
    named = set(re.findall(r"\b[A-Z]{2,}(?:_[A-Z]+)+\b", PAGE)) - FROM_ENVIRONMENT
    assert len(named) > 12
    assert [name for name in sorted(named) if not hasattr(settings, name)] == []


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", PAGE))))
def test_every_link_leads_somewhere(target):
    assert (ROOT / target).exists()


def test_every_test_named_has_tests_in_it():
    for name in set(re.findall(r"\((tests/[\w/]+\.py)\)", PAGE)) | set(re.findall(r"pytest (tests/\S+\.py)", PAGE)):
        assert re.search(r"^(?:async )?def test_", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE), name


def test_every_target_of_fuzzing_named_is_there():
    lines = [line for line in PAGE.splitlines() if "fuzz/README.md" in line]
    named = {name for line in lines for name in re.findall(r"`([a-z_]+)`", line)}
    assert named
    assert named <= set(TARGETS)


@pytest.mark.parametrize("name", ["TELNETCONSOLE_ENABLED", "REMOTE_CONTROL_ENABLED", "HTTPPROXY_ENABLED"])
def test_what_is_said_to_be_off_is_off(settings, name):
    assert getattr(settings, name) is False


def test_what_is_said_to_be_on_is_on(settings):
    assert settings.ROBOTSTXT_OBEY is True
    assert settings.ADDRESS_GUARD_ALLOW == []
    assert settings.MEMENTO_ARCHIVES == []
    assert {scheme for scheme, handler in settings.DOWNLOAD_HANDLERS.items() if handler} == {"http", "https"}


def test_the_browser_is_on_loopback_alone():
    from web.browse import command

    words = command(Path("archive.db"), Path("metadata.json"), [])
    assert words[words.index("--host") + 1] == "127.0.0.1"


@pytest.mark.parametrize("page", ["README.md", "docs/archivists.md"])
def test_it_is_found_from(page):
    assert "SECURITY.md" in (ROOT / page).read_text(encoding="utf-8")
