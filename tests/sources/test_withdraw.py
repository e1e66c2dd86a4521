"""A source that turns private: what it brought is named no more, unless something public has it, too."""

from citekeep import database
from citekeep.due_plan import status
from citekeep.sources import Source
from citekeep.sources.rows import sync
from citekeep.wayback import ledger
from tests.archive_fixture import archive, begin

OURS, SHARED, OTHER = "https://paper.test/ours", "https://paper.test/shared", "https://other.test/article"
ALONE, BOTH, OF_SHARED = "https://cited.test/alone", "https://cited.test/both", "https://cited.test/of-shared"
CITES = {OURS: [ALONE, BOTH], SHARED: [OF_SHARED], OTHER: [BOTH]}


def source(name, *, public):
    return Source(name=name, kind="list", place=f"/{name}", line=1, every=86_400, public=public)


async def test_what_a_private_source_brought_is_named_no_more(tmp_path):
    writer = database.Writer(tmp_path / "archive.db")

    def public():
        rows = writer.run_sync(lambda c: c.execute("SELECT url FROM links WHERE public = 1").fetchall())
        return {url for (url,) in rows}

    def read(*sources):
        lists = {"a": [OURS, SHARED], "b": [SHARED]}
        writer.run_sync(sync, sources, {one.name: lists[one.name] for one in sources})

    try:
        _, frontier = begin(writer)
        for url, cited in CITES.items():
            await archive(frontier, url, cites=cited, outcomes={one: {"wish": "save"} for one in cited})
        read(source("a", public=True), source("b", public=True))
        everything = {OURS, SHARED, OTHER, ALONE, BOTH, OF_SHARED}
        assert public() == everything
        assert {one.url for one in writer.run_sync(ledger.due, "wayback", "wanted", 9)} == {ALONE, BOTH, OF_SHARED}

        read(source("a", public=False), source("b", public=True))
        assert public() == everything - {OURS, ALONE}
        assert {one.url for one in writer.run_sync(ledger.due, "wayback", "wanted", 9)} == {BOTH, OF_SHARED}
        assert writer.run_sync(status).saves_waiting == 2
        read(source("a", public=False))
        assert public() == everything - {OURS, ALONE}, "what a source brought that is gone stays as it was"
        read(source("a", public=False), source("b", public=False))
        assert public() == {OTHER, BOTH}
        await archive(frontier, SHARED, cites=[OF_SHARED])
        assert public() == {OTHER, BOTH, SHARED, OF_SHARED}, "asked for by name, and publicly, since"
        read(source("a", public=False), source("b", public=False))
        assert public() == {OTHER, BOTH, SHARED, OF_SHARED}, "it turns private once, not with each reading"
    finally:
        await writer.aclose()
