"""Which record of somebody's WARC becomes what; what is left out is counted with its reason."""

import base64
import gzip
import hashlib

import pytest
import warc_files as made
from warc_files import ARTICLE, CITED, MOVED, Warc, article, page, usual

from citekeep.exceptions import InputError

NEWS = ("news.test/2015/*",)
CHECKS = """
SELECT l.url, c.checked_at, c.status, c.final_url, j.verdict, d.outcome FROM checks AS c JOIN links AS l ON l.id = c.link_id
JOIN judgements AS j ON j.check_id = c.id LEFT JOIN documents AS d ON d.id = c.document_id ORDER BY c.checked_at, l.url
"""


@pytest.mark.parametrize("form", ["each.warc.gz", "whole.warc.gz", "plain.warc", "all.warc.zst"])
def test_an_article_and_what_it_cites_come_in_whatever_the_file_is_packed_by(archive, files, form):
    data = usual(gz=form == "each.warc.gz").bytes()
    if form == "whole.warc.gz":
        data = gzip.compress(data)
    if form == "all.warc.zst":
        zstandard = pytest.importorskip("zstandard")
        data = zstandard.compress(data)
    (files / form).write_bytes(data)
    done = archive.ingest(files / form, patterns=NEWS)
    assert (done.summary.articles, done.summary.checks, done.summary.citations) == (1, 3, 3)
    assert (done.summary.first_at, done.summary.last_at) == (made.DAY.format(1), made.DAY.format(2))
    assert done.reasons == {"not_cited": 2}
    assert not done.wrong
    assert [(row[0], row[1], row[3]) for row in archive.rows(CHECKS)] == [
        (ARTICLE, made.DAY.format(1), ARTICLE),
        (MOVED, made.DAY.format(2), "http://old.test/new"),
        (CITED, made.DAY.format(2), CITED),
    ]
    assert archive.rows("SELECT from_url, status, to_url FROM redirects") == [(MOVED, 301, "http://old.test/new")]
    assert archive.rows("SELECT source, public FROM articles") == [("import", 0)]
    assert archive.rows("SELECT count(*) FROM links WHERE public") == [(0,)]
    assert archive.rows("SELECT count(*) FROM saves") == [(0,)], "nothing is wished for"
    assert archive.rows("SELECT url FROM links WHERE last_check_id IS NULL AND next_check_at IS NOT NULL") == [
        ("http://gone.test/x",)
    ]
    (name, said, software, records) = archive.rows("SELECT name, imported_from, software, records FROM warcs")[0]
    assert (said, software, records) == (form, "Testcrawler/1.0", 7)
    assert (archive.warcs / name).exists()
    told = " ".join(str(cell) for row in archive.rows("SELECT * FROM crawls") for cell in row)
    assert archive.rows("SELECT spider, finish_reason FROM crawls") == [("ingest", "finished")]
    assert not any(word in told for word in ("secret-host", "A. Person", str(files)))


def test_nothing_comes_in_that_nobody_named_or_cites_unless_all_links(archive, files):
    path = usual().write(files / "a.warc.gz")
    assert archive.ingest(path).reasons == {"not_cited": 6}
    done = archive.ingest(path, all_links=True)
    assert (done.summary.articles, done.summary.checks) == (0, 4), (
        "four pages; no style sheet, and the redirect as a hop"
    )
    assert archive.rows("SELECT count(*) FROM citations") == [(0,)]


def test_articles_from_a_list_and_by_patterns_with_and_without_a_scheme(archive, files):
    path = usual().write(files / "a.warc.gz")
    listed = files / "list.txt"
    listed.write_text(f"{ARTICLE}#top\nno url\n")
    assert archive.ingest(path, articles_from=str(listed), dry_run=True).summary.versions == 1
    for pattern, found in [
        ("http://NEWS.test/2015/*", 1), ("https://news.test/2015/*", 0), ("news.test/*", 2), ("*.test/2015/*", 1),
        ("news.test/2015/emigration", 1), ("news.test/201?/*", 0),
    ]:  # fmt: skip
        assert archive.ingest(path, patterns=[pattern], dry_run=True).summary.versions == found, pattern
    for bad in ("*", "news.test", "ftp://news.test/*", "*/2015/*", "a b/c"):
        with pytest.raises(InputError, match="--articles"):
            archive.ingest(path, patterns=[bad])


def test_revisits_have_the_body_of_the_record_that_they_refer_to_in_any_file(archive, files):
    body = page("The report")
    digest = "sha1:" + base64.b32encode(hashlib.sha1(body).digest()).decode()
    first, second = Warc(), Warc()
    second.add(ARTICLE, article(CITED, "http://copy.test/r", "http://lost.test/r"))
    record_id = first.add(CITED, body, at=made.DAY.format(1))
    second.revisit(CITED, digest, at=made.DAY.format(3), refers_to=CITED, refers_at=made.DAY.format(1))
    second.revisit("http://copy.test/r", digest, at=made.DAY.format(4), warc={"WARC-Refers-To": record_id})
    second.revisit("http://lost.test/r", "sha1:" + "A" * 32, at=made.DAY.format(4))
    paths = second.write(files / "2.warc.gz"), first.write(files / "1.warc.gz")
    done = archive.ingest(*paths, patterns=NEWS)
    assert done.reasons == {"revisit_unresolved": 1}
    sums = archive.rows(
        "SELECT DISTINCT c.body_sha256 FROM checks AS c JOIN links AS l ON l.id = c.link_id WHERE l.url LIKE '%/r%'"
    )
    assert sums == [(hashlib.sha256(body).hexdigest(),)]
    assert len(archive.rows("SELECT 1 FROM imports WHERE body_warc_id IS NOT NULL")) == 2


def test_a_revisit_of_what_was_brought_in_before_is_resolved_from_the_archive(archive, files):
    body = page("The report")
    digest = "sha1:" + base64.b32encode(hashlib.sha1(body).digest()).decode()
    first = Warc()
    first.add(ARTICLE, article(CITED))
    first.add(CITED, body, at=made.DAY.format(1))
    archive.ingest(first.write(files / "1.warc.gz"), patterns=NEWS)
    (files / "1.warc.gz").unlink()
    second = Warc()
    second.revisit(CITED, digest, at=made.DAY.format(5))
    done = archive.ingest(second.write(files / "2.warc.gz"))
    assert (done.summary.checks, done.reasons) == (1, {})


def test_a_revisit_that_names_another_payload_is_left_out_as_damaged(archive, files):
    warc = Warc()
    warc.add(ARTICLE, article(CITED))
    warc.add(CITED, page("The report"), at=made.DAY.format(1))
    warc.revisit(CITED, "sha1:" + "B" * 32, at=made.DAY.format(3), refers_to=CITED, refers_at=made.DAY.format(1))
    done = archive.ingest(warc.write(files / "1.warc.gz"), patterns=NEWS)
    assert done.reasons == {"unreadable": 1}
    assert done.wrong
    assert "not the one that a revisit refers to" in done.damaged[0][2]


def test_what_is_no_page_is_counted_with_its_reason(archive, files):
    warc = Warc(version="1.1")
    warc.add(
        ARTICLE, article(CITED, "http://leads.test/out", "http://big.test/", "http://part.test/", "http://posted.test/")
    )
    warc.add("urn:screenshot:x", b"png", kind="resource", http=False, content_type="image/png")
    warc.add(
        "metadata://gnu.org/software/wget/warc/MANIFEST.txt",
        b"x",
        kind="resource",
        http=False,
        content_type="text/plain",
    )
    warc.add(CITED, page("x"), at="0001-01-01T00:00:00Z")
    warc.add(CITED, page("x"), at="2999-01-01T00:00:00Z")
    warc.add(CITED, page("x"), at="yesterday")
    warc.raw("response", CITED, b"\x00\x01", content_type="application/octet-stream")
    warc.add(CITED, b"<p>no head</p>", kind="resource", http=False, content_type="text/html")
    warc.add("http://leads.test/out", b"", status="302 Found", headers=[("Location", "http://elsewhere.test/")])
    warc.add("http://big.test/", b"x" * 3_000_000)
    warc.add("http://part.test/", b"x", status="206 Partial Content")
    posted = warc.add("http://posted.test/", page("An answer to a form"))
    warc.raw("request", "http://posted.test/", b"POST / HTTP/1.1\r\n\r\nq=1", warc={"WARC-Concurrent-To": posted})
    path = warc.write(files / "a.warc.gz")
    done = archive.ingest(path, patterns=NEWS, body_max=1_000_000)
    assert done.reasons == {
        "no_web_address": 2, "bad_date": 3, "no_answer": 1, "no_status": 1, "redirect_leads_out": 1, "too_large": 1,
        "partial": 1, "not_get": 1,
    }  # fmt: skip
    assert done.summary.checks == 1


def test_fractions_of_seconds_angle_brackets_http2_and_codings_of_other_tools(archive, files):
    warc = Warc(version="1.1")
    warc.add(f"<{ARTICLE}>", article(CITED), at="2015-03-01T10:00:00.987654Z", status="200", protocol="HTTP/2")
    packed = gzip.compress(page("The report"))
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
    warc.add(
        CITED, chunked, headers=[("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")], protocol="HTTP/1.0"
    )
    warc.add(
        CITED,
        page("The report"),
        at=made.DAY.format(2),
        headers=[("Content-Encoding", "br"), ("Transfer-Encoding", "chunked")],
    )
    done = archive.ingest(warc.write(files / "a.warc.gz"), patterns=NEWS)
    assert done.summary.checks == 3
    assert archive.rows("SELECT checked_at, requested_url FROM checks ORDER BY id LIMIT 1") == [
        (made.DAY.format(1), ARTICLE)
    ]
    texts = archive.rows(
        "SELECT DISTINCT t.text FROM documents AS d JOIN texts AS t ON t.id = d.text_id WHERE d.title = 'The report'"
    )
    assert len(texts) == 1, "one text, whether the tool undid the codings or not"


def test_a_resource_of_an_article_is_a_saved_document(archive, files):
    warc = Warc()
    warc.add(ARTICLE, article(CITED), kind="resource", http=False, content_type="text/html")
    listed = files / "list.txt"
    listed.write_text(ARTICLE)
    done = archive.ingest(warc.write(files / "a.warc.gz"), articles_from=str(listed))
    assert (done.summary.articles, done.summary.citations) == (1, 1)
    assert archive.rows("SELECT verdict FROM judgements") == [("saved_document",)]
