"""Every package that the lock names has a known licence, compatible with ours, and a reason to be there."""

import importlib.util
import re
import tomllib

import pytest

from docs import licences

LOCK = licences.lock()


def names(expression):
    return set(re.split(r" (?:OR|AND) ", expression))


def test_every_package_of_the_lock_has_an_entry_and_every_entry_a_package():
    assert set(licences.entries()) == set(LOCK), "run: python -m docs.licences"


@pytest.mark.parametrize("name", LOCK)
def test_its_licence_is_compatible(name):
    assert licences.verdict(licences.entries()[name]) in {"permissive", "weak copyleft"}


def test_the_entry_is_what_the_package_says_of_itself():
    """Of those that are installed here; one that says nothing, or nothing that is known, is believed by its entry."""
    compared = 0
    for name, expression in licences.entries().items():
        said = licences.said(name)
        if said:
            compared += 1
            assert names(expression) & said, f"{name} says {said}"
            strange = {one for one in said if re.search(r"GPL|Affero|Commons|Proprietary|SSPL", one)}
            assert strange <= names(expression), f"{name} says {said}"
    assert compared > 70


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        ("MIT", "permissive"),
        ("MPL-1.1 OR GPL-2.0-only OR LGPL-2.1-or-later", "weak copyleft"),
        ("Apache-2.0 AND MPL-2.0", "weak copyleft"),
        ("GPL-3.0-only OR MIT", "permissive"),
        ("AGPL-3.0-or-later", None),
        ("Apache-2.0 AND GPL-3.0-only", None),
        ("(MIT)", None),
        ("?", None),
        ("", None),
    ],
)
def test_verdicts(expression, verdict):
    assert licences.verdict(expression) == verdict


def test_every_direct_dependency_says_why_it_is_there():
    project = tomllib.loads((licences.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [*project["project"]["dependencies"]]
    asked += [line for group in project["dependency-groups"].values() for line in group if isinstance(line, str)]
    wanted = {re.split(r"[<>=!~;]", line)[0].strip().lower().replace("_", "-") for line in asked}
    found = licences.direct()
    assert set(found) == wanted
    assert [name for name, (_, why) in found.items() if len(why) < 12] == []


def test_the_lock_names_the_public_index_alone():
    assert {package["source"].get("registry") for package in LOCK.values()} == {"https://pypi.org/simple"}
    text = (licences.ROOT / "uv.lock").read_text(encoding="utf-8")
    assert set(re.findall(r'url = "https://([^/"]+)/', text)) == {"files.pythonhosted.org"}


# --- the audit says no more than it knows ---


def audit():
    spec = importlib.util.spec_from_file_location("audit", licences.ROOT / ".ci" / "audit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CLEAN = {"name": "a", "version": "1", "vulns": []}
FAULTY = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
SKIPPED = {"name": "c", "skip_reason": "Dependency not found on PyPI and could not be audited: c (1)"}


@pytest.mark.parametrize(
    ("answers", "wanted", "code"),
    [
        ([CLEAN], 1, 0),
        ([CLEAN, CLEAN], 3, 3),
        ([CLEAN, SKIPPED], 2, 3),
        ([SKIPPED, SKIPPED], 2, 3),
        ([SKIPPED, FAULTY, CLEAN], 3, 1),
        ([], 5, 3),
        ([], 0, 3),
    ],
)
def test_the_exit_code_of_an_audit(answers, wanted, code):
    found, lines = audit().verdict(answers, wanted)
    assert found == code
    assert ("Skipped" in lines[-1]) == (code == 3)
    assert any("PYSEC-1, mended in 3" in line for line in lines) == (FAULTY in answers)
