"""The sources.toml that the guide shows is one."""

from __future__ import annotations

from pathlib import Path

from citekeep.sources import KINDS, read_sources

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "archivists.md"


def test_the_example_of_the_guide_can_be_used(tmp_path):
    _, _, rest = GUIDE.read_text(encoding="utf-8").partition("```toml\n")
    path = tmp_path / "sources.toml"
    path.write_text(rest.partition("```")[0], encoding="utf-8")
    assert {source.kind for source in read_sources(path)} == set(KINDS)
