"""A crawl whose WARCs cannot be written any more ends, says why, and has recorded nothing that is not there."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import warc_exchanges as made

from citekeep.items import WarcRef
from citekeep.warc.reader import read

ROOT = Path(__file__).resolve().parents[2]


def test_a_crawl_ends_when_the_disk_is_full_and_goes_on_later(sandbox, tmp_path):
    urls = [f"https://good-tls.test/page?number={n}" for n in range(8)]
    (tmp_path / "urls.txt").write_text("\n".join(urls), encoding="utf-8")
    arguments = ["crawl", "article", *sandbox.scrapy_arguments(), "-a", f"urls={tmp_path / 'urls.txt'}",
                 "-s", "DOWNLOAD_DELAY=0", "-s", "SNAPSHOTS_ENABLED=0"]  # fmt: skip

    def crawl(*command):
        return subprocess.run(
            [sys.executable, *command, *arguments],
            cwd=ROOT,
            env=os.environ | sandbox.environment() | {"CITEKEEP_DATA": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    failed = crawl(str(Path(__file__).with_name("full_disk.py")))
    assert failed.returncode == 4, failed.stderr
    connection = sqlite3.connect(tmp_path / "archive.db")
    (reason,) = connection.execute("select finish_reason from crawls").fetchone()
    (recorded,) = connection.execute("select count(*) from checks").fetchone()
    assert reason == "archive_failed"
    assert recorded < len(urls)
    log = next((tmp_path / "logs").glob("*.log")).read_text() if (tmp_path / "logs").exists() else failed.stderr
    assert "The crawl ends: Cannot write a WARC" in log
    assert "No space left on device" in log
    made.check(*made.warcs(tmp_path / "warcs"))

    again = crawl("-m", "scrapy")
    assert again.returncode == 0, again.stderr
    assert connection.execute("select count(*) from checks").fetchone() == (len(urls),)
    places = connection.execute(
        'select w.name, c."offset", c.length, c.url from captures c join warcs w on w.id = c.warc_id'
    )
    for name, offset, length, url in places:
        assert read(tmp_path / "warcs", WarcRef(name=name, offset=offset, length=length)).url == url
    (unsummed,) = connection.execute("select count(*) from warcs where sha256 is null").fetchone()
    assert unsummed == 0
    connection.close()
    made.check(*made.warcs(tmp_path / "warcs"))
