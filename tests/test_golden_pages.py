"""Pages of our own making with their citations written out: a new one is two files in tests/pages, and no code.

NAME.html or NAME.txt is the body; NAME.json says what is to be found: ``citations`` in reading order, each by the fields
it names (``url`` is the address as written), and any other field of Extraction. A list of values means any of them.
"""

import json
from pathlib import Path

import pytest

from citekeep.extraction import extract

PAGES = Path(__file__).parent / "pages"
NOT_FIELDS = {"about", "url", "kind", "content_type", "citations"}


@pytest.mark.parametrize("name", sorted(path.stem for path in PAGES.glob("*.json")))
def test_a_page_gives_what_is_written_beside_it(name):
    expected = json.loads((PAGES / f"{name}.json").read_text(encoding="utf-8"))
    (body,) = (path for path in PAGES.glob(f"{name}.*") if path.suffix != ".json")
    found = extract(
        body.read_bytes(),
        expected["url"],
        content_type=expected.get("content_type"),
        want_citations=True,
        kind=expected.get("kind"),
    )
    assert found.outcome == expected.get("outcome", "ok")
    assert [seen(citation, wanted) for citation, wanted in pairs(found.citations, expected["citations"])] == expected[
        "citations"
    ]
    for field in expected.keys() - NOT_FIELDS:
        wanted, value = expected[field], getattr(found, field)
        assert value in wanted if isinstance(wanted, list) else value == wanted, field


def pairs(found, expected):
    blank = [{"url": None, "kind": None}] * max(0, len(found) - len(expected))
    return zip(found, [*expected, *blank], strict=False)


def seen(citation, wanted):
    """Return a citation in the fields that are asked for."""
    return {key: citation.url_as_written if key == "url" else getattr(citation, key) for key in wanted}
