"""The digests that runs leave: in three forms each, those of the newest runs."""

import json

from citekeep.digest import files
from citekeep.digest.read import digest
from citekeep.digest.span import of_run
from citekeep.health import after_run
from tests.archive_fixture import archive, begin
from tests.health.test_summaries import end


async def test_digests_of_more_runs_than_are_kept_go_the_oldest_first(writer, tmp_path):
    crawl, frontier = begin(writer)
    await archive(frontier, "https://news.test/a")
    end(writer, crawl)
    folder = tmp_path / "digests"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    for number in (9, 10, 8):  # runs that began in the same second: by their number, not by its first digit
        told = writer.run_sync(lambda connection: digest(connection, of_run(connection, crawl.crawl_id)))
        files.write(told, folder, number, keep=2)
    left = sorted(path.name for path in folder.iterdir())
    assert [name.rpartition("-")[2] for name in left] == [
        "10.html",
        "10.json",
        "10.txt",
        "9.html",
        "9.json",
        "9.txt",
        "notes.txt",
    ]
    assert json.loads((folder / left[1]).read_text())
    assert after_run.leave_digest(tmp_path / "archive.db", folder, crawl.crawl_id, keep=1) == []
    left = sorted(path.name for path in folder.iterdir())
    assert len(left) == 4, "one run's three, and what is not ours"
    sentences = after_run.leave_digest(tmp_path / "archive.db", folder / "notes.txt", crawl.crawl_id, keep=1)
    assert sentences[0].startswith("The digest could not be written into DIGEST_DIR")
