"""The terms of a source travel: into the run's rows, into WARCs, and into exports; as they were then."""

import csv
import io
import json
import os
import sqlite3
import sys
from contextlib import closing

from warcio.archiveiterator import ArchiveIterator

from citekeep.claims import controls
from tests.forked import forked
from tests.small_web import ROOT, Web, ask, crawl, later

TERMS = """
[[source]]
name = "paper"
feed = "http://www.paper.test/rss"
collection = "cities"
legal_basis = "deposit: by agreement\\nof 2026"
rights = "the publisher's"
contact = "mailto:web@library.test"
"""


def warcinfos(folder):
    found = []
    for path in sorted((folder / "warcs").glob("*.warc.gz")):
        with path.open("rb") as stream:
            first = next(iter(ArchiveIterator(stream)))
            assert first.rec_type == "warcinfo"
            text = first.content_stream().read().decode()
            found.append([tuple(line.split(": ", 1)) for line in text.splitlines() if line])
    return found


def test_terms_travel_into_runs_warcs_and_reports(tmp_path):
    with Web() as web:
        (tmp_path / "sources.toml").write_text(TERMS)
        web.feed("/a/1", etag='"one"')
        web.article("/a/1", "http://other.test/report")
        web.article("/report", host="other.test")
        crawl(tmp_path, web)
        ((name, value), *more) = [field for field in warcinfos(tmp_path)[0] if field[0] in {"isPartOf", "source"}]
        assert (name, value) == ("isPartOf", "cities")
        assert json.loads(more[0][1]) == {
            "name": "paper", "collection": "cities", "publicity": "public", "depth": "citations", "robots": "obey",
            "legal_basis": "deposit: by agreement\nof 2026", "rights": "the publisher's",
            "contact": "mailto:web@library.test", "signals": "obey",
        }  # fmt: skip
        with closing(sqlite3.connect(tmp_path / "archive.db")) as connection, connection:  # as if a day ago
            connection.execute("UPDATE source_terms SET from_at = '2026-01-01T00:00:00Z'")
            connection.execute("UPDATE checks SET checked_at = '2026-01-01T00:00:01Z'")
        later(tmp_path)
        (tmp_path / "sources.toml").write_text(
            TERMS.replace("cities", "towns") + 'publicity = "private"\n' + f'proxy = "http://127.0.0.1:{web.port}"\n'
        )
        crawl(tmp_path, web)
    told = ask(
        tmp_path, "SELECT crawl_id, source, collection, publicity, legal_basis, via_proxy FROM crawl_terms ORDER BY 1"
    )
    basis = "deposit: by agreement\nof 2026"
    assert told == [(1, "paper", "cities", "public", basis, 0), (2, "paper", "towns", "private", basis, 1)]
    assert "127.0.0.1" not in str(warcinfos(tmp_path)), "of a proxy only that there was one"
    with closing(sqlite3.connect(tmp_path / "archive.db")) as connection:
        assert controls(connection) == [], "what a proxy asks is never asked from here, not even for a sign of life"
        connection.execute("UPDATE sources SET proxy = NULL")
        assert {*controls(connection)} == {f"http://{host}.test/robots.txt" for host in ("www.paper", "other")}
    told = forked(
        [sys.executable, "-m", "scrapy", "linkrot", "--format", "csv"],
        cwd=ROOT, env=os.environ | {"CITEKEEP_DATA": str(tmp_path)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    (row,) = csv.DictReader(io.StringIO(told.stdout))
    assert (row["source"], row["collection"], row["legal_basis"], row["rights"]) == (
        "paper",
        "cities",
        basis,
        "the publisher's",
    )


def test_what_is_gone_from_the_file_has_no_terms_any_more(tmp_path):
    with Web() as web:
        (tmp_path / "sources.toml").write_text(TERMS)
        web.feed(etag='"one"')
        crawl(tmp_path, web)
        (tmp_path / "sources.toml").write_text(TERMS.replace("paper", "other"))
        crawl(tmp_path, web)
    told = ask(
        tmp_path,
        "SELECT name, until_at IS NULL FROM source_terms AS t JOIN sources AS s ON s.id = t.source_id ORDER BY t.id",
    )
    assert told == [("paper", 0), ("other", 1)]
