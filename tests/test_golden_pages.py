"""Pages of our own making with their citations written out: a new one is two files in tests/pages, and no code.

NAME.html or NAME.txt is the body; NAME.json says what is to be found: ``citations`` in reading order, each by the fields
it names (``url`` is the address as written), and any other field of Extraction. A list of values means any of them.
``cited_on`` of a citation is earliest, latest and basis, as archive.db has it where the page was first seen on SEEN_ON.
"""

import importlib.util
import json
from pathlib import Path

import pytest

from citekeep import clock, database
from citekeep.extraction import extract

_spec = importlib.util.spec_from_file_location("archive_fixture", Path(__file__).with_name("archive_fixture.py"))
fill = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fill)

SEEN_ON = "2026-01-01"

PAGES = Path(__file__).parent / "pages"
NOT_FIELDS = {"about", "url", "kind", "content_type", "citations"}


NAMES = sorted(path.stem for path in PAGES.glob("*.json"))


def expected_of(name):
    return json.loads((PAGES / f"{name}.json").read_text(encoding="utf-8"))


def read(name):
    """Return the extraction of a page's body."""
    expected = expected_of(name)
    (body,) = (path for path in PAGES.glob(f"{name}.*") if path.suffix != ".json")
    return extract(
        body.read_bytes(),
        expected["url"],
        content_type=expected.get("content_type"),
        want_citations=True,
        kind=expected.get("kind"),
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_page_gives_what_is_written_beside_it(name):
    expected, found = expected_of(name), read(name)
    assert found.outcome == expected.get("outcome", "ok")
    citations = [{key: value for key, value in cited.items() if key != "cited_on"} for cited in expected["citations"]]
    assert [seen(citation, wanted) for citation, wanted in pairs(found.citations, citations)] == citations
    for field in expected.keys() - NOT_FIELDS:
        wanted, value = expected[field], getattr(found, field)
        assert value in wanted if isinstance(wanted, list) else value == wanted, field


@pytest.mark.parametrize(
    "name", [name for name in NAMES if any("cited_on" in one for one in expected_of(name)["citations"])]
)
async def test_a_citation_was_made_when_it_is_written(name, tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "timestamp", lambda: clock.parse(f"{SEEN_ON}T12:00:00Z"))
    monkeypatch.setattr(database, "BATCH_SECONDS", 0.0)
    expected = expected_of(name)
    writer = database.Writer(tmp_path / "archive.db")
    _, frontier = fill.begin(writer)
    await fill.archive(frontier, expected["url"], outcomes={expected["url"]: {"extracted": read(name)}})
    dates = "SELECT cited_on_earliest, cited_on_latest, cited_on_basis FROM citations ORDER BY position"
    found = writer.run_sync(lambda c: c.execute(dates).fetchall())
    await writer.aclose()
    assert len(found) == len(expected["citations"])
    for row, wanted in zip(found, expected["citations"], strict=True):
        assert "cited_on" not in wanted or list(row) == wanted["cited_on"], wanted["url"]


def pairs(found, expected):
    blank = [{"url": None, "kind": None}] * max(0, len(found) - len(expected))
    return zip(found, [*expected, *blank], strict=False)


def seen(citation, wanted):
    """Return a citation in the fields that are asked for."""
    return {key: citation.url_as_written if key == "url" else getattr(citation, key) for key in wanted}
