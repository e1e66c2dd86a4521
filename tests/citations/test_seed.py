"""A real article, saved as a text with its addresses apart: read where it lies (it is its publisher's), skipped elsewhere."""

import os
from pathlib import Path

import pytest

from citekeep.extraction import extract

FOLDER = Path(os.environ.get("CITEKEEP_SEED", "seed"))
ARTICLES = sorted(FOLDER.glob("*.txt"))


@pytest.mark.skipif(not ARTICLES, reason="CITEKEEP_SEED names no folder with the article")
def test_its_three_addresses_come_out_each_with_its_words():
    found = extract(ARTICLES[0].read_bytes(), "urn:sha256:00", kind="text", want_citations=True)
    seen = {c.url_as_written.split("/")[2]: c for c in found.citations}
    assert len(found.citations) == len(seen) == 3
    znak, radio, related = seen["www.znak.com"], seen["www.rferl.org"], seen["www.themoscowtimes.com"]
    assert "Znak.com" in znak.sentence
    assert znak.url_as_written.endswith("_presledovaniya")
    assert "blacklisted" in radio.sentence
    assert "Free Russia Foundation" in radio.sentence
    assert radio.url_as_written.endswith("undesirable-/30026460.html")
    assert related.sentence.startswith("Related article:")
    assert [c.kind for c in found.citations] == ["plain_text", "plain_text", "related"]
    assert found.title.endswith("Rights Group")
