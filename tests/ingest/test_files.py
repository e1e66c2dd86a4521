"""Files: packed, linked, damaged, hostile; brought in once, whatever happens to them or to the run."""

import gzip
import json
import os
import socket
import zipfile

import pytest
import warc_files as made
from warc_files import ARTICLE, CITED, Warc, article, page, usual, wacz

from citekeep.exceptions import ArchiveError, InputError
from citekeep.ingest.files import kept_name

NEWS = ("news.test/2015/*",)
EVERYTHING = (
    "SELECT l.url, c.checked_at, c.turn, j.verdict FROM checks AS c JOIN links AS l ON l.id = c.link_id"
    " JOIN judgements AS j ON j.check_id = c.id ORDER BY 1, 2",
    "SELECT url, turn, standing, strikes, alive_until FROM links ORDER BY 1",
    "SELECT fingerprint FROM citations ORDER BY 1",
    "SELECT i.record_id, p.url, p.hop FROM imports AS i JOIN captures AS p ON p.id = i.capture_id ORDER BY 1, 2, 3",
)


def state(archive):
    return [archive.rows(sql) for sql in EVERYTHING]


def test_the_same_file_and_a_copy_of_it_add_nothing(archive, files):
    path = usual().write(files / "a.warc.gz")
    archive.ingest(path, patterns=NEWS)
    before = state(archive)
    copy = files / "renamed by somebody.warc.gz"
    copy.write_bytes(path.read_bytes())
    packed_otherwise = files / "b.warc"
    packed_otherwise.write_bytes(gzip.decompress(path.read_bytes()))
    for again in ([path], [copy], [packed_otherwise], [path, copy]):
        done = archive.ingest(*again, patterns=NEWS)
        assert (done.summary.checks, done.reasons["already"]) == (0, 3)
    assert state(archive) == before
    assert len(archive.rows("SELECT 1 FROM warcs")) == 1
    assert len(list(archive.warcs.iterdir())) == 1
    assert "is the same file as a.warc.gz" in done.told[0]


def test_records_without_an_id_or_with_that_of_another_are_told(archive, files):
    warc = Warc()
    warc.add(ARTICLE, article(CITED))
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page("The report")
    warc.raw("response", CITED, block, record_id="")
    warc.raw("response", CITED, block, record_id="<urn:uuid:x>", at=made.DAY.format(3))
    warc.raw("response", CITED, block, record_id="<urn:uuid:x>", at=made.DAY.format(3))
    warc.raw("response", CITED, block, record_id="<urn:uuid:x>", at=made.DAY.format(4))
    path = warc.write(files / "a.warc.gz")
    done = archive.ingest(path, patterns=NEWS)
    assert done.reasons == {"repeated": 1, "record_id_reused": 1}
    assert "1 records have no WARC-Record-ID" in done.told[0]
    assert archive.ingest(path, patterns=NEWS).summary.checks == 0
    other = Warc()
    other.raw("response", CITED, block, record_id="<urn:uuid:x>", at=made.DAY.format(5))
    assert archive.ingest(other.write(files / "b.warc.gz")).reasons == {"record_id_reused": 1}


@pytest.mark.parametrize("after", [1, 2])
def test_stopped_after_any_check_the_same_command_goes_on(archive, files, after):
    path = usual().write(files / "a.warc.gz")
    done = archive.ingest(path, patterns=NEWS, stop_after=after)
    assert done.stopped
    assert archive.ingest(path, patterns=NEWS).summary.checks == 3 - done.summary.checks
    assert archive.rows("SELECT finish_reason, resumes_id FROM crawls") == [("shutdown", None), ("finished", 1)]


def test_damaged_records_are_passed_over_and_named_by_place(archive, files):
    warc = Warc()
    places = []
    for number in range(4):
        places.append(warc.out.tell())
        warc.add(ARTICLE if number == 3 else f"http://news.test/{number}", article(CITED) if number == 3 else page("x"))
    data = bytearray(warc.bytes())
    data[places[1] + 50 : places[1] + 90] = os.urandom(40)
    no_length = gzip.compress(b"WARC/1.0\r\nWARC-Type: response\r\n\r\n")
    (files / "a.warc.gz").write_bytes(bytes(data) + no_length + data[:200])
    done = archive.ingest(files / "a.warc.gz", patterns=NEWS)
    assert (done.summary.articles, done.damaged_count, done.wrong) == (1, 3, True)
    assert [offset for _, offset, _ in done.damaged] == [places[1], len(data), len(data) + len(no_length)]


def test_bytes_that_are_not_those_of_their_digest_are_left_out(archive, files):
    warc = Warc()
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + article(CITED)
    warc.raw("response", ARTICLE, block, warc={"WARC-Block-Digest": "sha1:" + "A" * 32})
    done = archive.ingest(warc.write(files / "a.warc.gz"), patterns=NEWS)
    assert (done.summary.checks, done.reasons, done.wrong) == (0, {"unreadable": 1}, True)


def test_files_are_linked_copied_or_left(archive, files):
    path = usual().write(files / "a.warc.gz")
    archive.ingest(path, patterns=NEWS)
    (kept,) = archive.warcs.iterdir()
    assert kept.stat().st_ino == path.stat().st_ino, "no byte twice"
    kept.unlink()
    archive.ingest(path, all_links=True, how="copy")
    (kept,) = archive.warcs.iterdir()
    assert (kept.stat().st_ino != path.stat().st_ino, kept.read_bytes()) == (True, path.read_bytes())
    kept.unlink()
    warc = usual()
    warc.add("http://more.test/", page("More"))
    more = warc.write(files / "more.warc.gz")
    archive.ingest(more, all_links=True, how="leave")
    (kept,) = archive.warcs.iterdir()
    assert kept.is_symlink()


def test_our_own_files_and_what_is_no_warc_are_refused_in_a_sentence(archive, files):
    path = usual().write(files / "a.warc.gz")
    archive.ingest(path, patterns=NEWS)
    archive.change("UPDATE warcs SET imported_from = NULL")
    with pytest.raises(InputError, match="this archive wrote itself"):
        archive.ingest(path)
    for name, data, said in [
        ("x.arc.gz", gzip.compress(b"filedesc://x.arc 0.0.0.0 20050101000000 text/plain 76\n1 0 Alexa\n"), "warcio recompress"),
        ("x.txt", b"hello", "is no WARC or WACZ"), ("x.gz", gzip.compress(b"hello"), "is no WARC or WACZ"),
        ("empty.warc.gz", b"", "is no WARC or WACZ"),
    ]:  # fmt: skip
        (files / name).write_bytes(data)
        with pytest.raises(InputError, match=said):
            archive.ingest(files / name)
    with pytest.raises(InputError, match="Cannot read"):
        archive.ingest(files / "missing.warc.gz")


def test_a_dry_run_keeps_nothing(archive, files):
    done = archive.ingest(usual().write(files / "a.warc"), patterns=NEWS, dry_run=True)
    assert (done.summary.checks, done.summary.versions) == (1, 1)
    assert list(archive.folder.iterdir()) == []


def test_no_socket_is_opened(archive, files, monkeypatch):
    def refuse(*_):
        raise AssertionError("somebody was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert archive.ingest(usual().write(files / "a.warc.gz"), patterns=NEWS).summary.checks == 3


# --- WACZ ---


def test_the_seeds_of_a_wacz_are_articles(archive, files):
    pages = [{"url": ARTICLE, "seed": True}, {"url": "http://news.test/about", "seed": False}, {"url": "javascript:x"}]
    path = wacz(files / "a.wacz", {"data.warc.gz": usual().bytes()}, pages)
    done = archive.ingest(path)
    assert (done.summary.articles, done.summary.checks, done.told) == (1, 3, [])
    assert archive.rows("SELECT imported_from FROM warcs") == [("a.wacz/data.warc.gz",)]
    assert [path.name for path in archive.warcs.iterdir()] == [
        name for (name,) in archive.rows("SELECT name FROM warcs")
    ]


def test_without_seeds_all_pages_are_and_a_wacz_may_hold_others(archive, files):
    inner = wacz(
        files / "inner.wacz",
        {"data.warc": usual(gz=False).bytes()},
        [{"url": ARTICLE}, {"url": "http://news.test/about"}],
    )
    outer = wacz(files / "outer.wacz", {}, [], more={"inner.wacz": inner.read_bytes()})
    done = archive.ingest(outer)
    assert (done.summary.articles, done.told) == (2, [])
    assert archive.rows("SELECT imported_from FROM warcs") == [("outer.wacz/inner.wacz/data.warc",)]


def test_a_member_that_is_not_what_its_sum_says_is_left_out(archive, files):
    good, bad = usual().bytes(), Warc()
    bad.add("http://news.test/2015/forged", article(CITED))
    sums = {"archive/bad.warc.gz": "sha256:" + "0" * 64}
    path = wacz(files / "a.wacz", {"good.warc.gz": good, "bad.warc.gz": bad.bytes()}, [{"url": ARTICLE}], sums=sums)
    done = archive.ingest(path, patterns=NEWS)
    assert (done.summary.articles, done.wrong) == (1, True)
    assert done.told == ["a.wacz/bad.warc.gz does not have the sum that datapackage.json names; it was left out."]


def test_a_hostile_wacz_writes_nothing_outside_and_fills_no_disk(archive, files):
    path = files / "a.wacz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive_:
        archive_.writestr("../../../evil.warc.gz", usual().bytes())
        archive_.writestr("archive/bomb.warc", b"WARC/1.0\r\n" + b"\0" * 30_000_000)
        archive_.writestr("archive/text.warc.gz", b"no warc")
        archive_.writestr(
            "datapackage.json", json.dumps({"resources": [{"path": "https://x.test/part.wacz", "hash": "sha256:1"}, 7]})
        )
        archive_.writestr("pages/pages.jsonl", b'{"url": 1}\n[]\nnot json\n' + b"[" * 100_000)
    done = archive.ingest(path, patterns=NEWS)
    assert done.summary.checks == 3
    assert {path.name.startswith("import-") for path in archive.warcs.iterdir()} == {True}
    assert not list(files.parent.glob("**/evil.warc.gz"))
    said = " ".join(done.told)
    assert "bomb.warc would unpack to more than 1,000 times its size" in said
    assert "text.warc.gz is not what its name says" in said
    assert "names a part elsewhere" in said


def test_what_is_a_zip_but_no_wacz(archive, files):
    path = files / "a.wacz"
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(InputError, match="cannot be read as a WACZ"):
        archive.ingest(path)
    with zipfile.ZipFile(path, "w") as empty:
        empty.writestr("datapackage.json", '{"resources": []}')
    with pytest.raises(InputError, match="holds no WARC"):
        archive.ingest(path)


def test_names_are_safe_and_tell_the_content():
    assert kept_name("c.wacz/rec-2015.warc.gz", "0123456789abcdef99") == "import-0123456789abcdef-rec-2015.warc.gz"
    assert kept_name("../$(x) \u202e.warc.zst", "f" * 64) == f"import-{'f' * 16}-x.warc.gz"
    assert kept_name("\u043f.warc", "f" * 64) == f"import-{'f' * 16}-warc.warc.gz"


def test_no_room_is_a_sentence(archive, files, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 10})())
    path = wacz(files / "a.wacz", {"data.warc.gz": usual().bytes()}, [])
    with pytest.raises(ArchiveError, match="are free"):
        archive.ingest(path)
