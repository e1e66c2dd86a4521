"""WARCs after a kill, a full disk, a cut at any place: what was said to be there is there, and nothing else is touched."""

import contextlib
import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import warc_exchanges as made

from citekeep.exceptions import ArchiveError
from citekeep.items import WarcRef
from citekeep.warc.index import index_lines
from citekeep.warc.reader import read
from citekeep.warc.repair import repair, whole_members

WRITING = str(Path(__file__).with_name("writing.py"))
BODY = b"Some text. " * 300


def left_open(folder, count=3):
    """Return a WARC as a killed process leaves it, and where its responses lie."""
    refs = made.write(
        folder, *(made.exchange(made.page(BODY + b"%d" % n), url=f"https://a.test/{n}") for n in range(count))
    )
    (path,) = made.warcs(folder)
    path.with_name(path.name.replace(".warc.gz", ".cdxj")).unlink()
    return path.rename(path.with_name(path.name + ".open")), refs


def index_of(path):
    return path.with_name(path.name.replace(".warc.gz", ".cdxj")).read_text().splitlines()


def test_a_cut_at_every_kind_of_place_keeps_all_whole_records_and_the_cut_bytes(tmp_path):
    path, _ = left_open(tmp_path)
    raw = path.read_bytes()
    with path.open("rb") as stream:
        assert whole_members(stream) == (len(raw), 7)
    ends = []
    for cut in range(len(raw)):
        path.write_bytes(raw[:cut])
        with path.open("rb") as stream:
            ends.append(whole_members(stream))
    assert all(cut - end >= 0 for cut, (end, _) in enumerate(ends))
    starts = sorted({end for end, _ in ends})
    assert len(starts) == 7, "each of the first six records ends somewhere, and so does nothing at all"
    path.unlink()
    for cut in {0, 1, 5, *(start + extra for start in starts for extra in (-1, 0, 1, 12, 100) if start + extra >= 0)}:
        folder = tmp_path / str(cut)
        folder.mkdir()
        (folder / path.name).write_bytes(raw[:cut])
        (folder / path.name.replace(".warc.gz", ".cdxj")).write_text("cut lines\n")
        closed = repair(folder)
        end, members = ends[cut]
        final = folder / path.name.removesuffix(".open")
        tail = folder / (final.name + ".tail")
        assert (tail.read_bytes() if tail.exists() else b"") == raw[end:cut]
        assert not list(folder.glob("*.open"))
        if not members:
            assert (closed, final.exists()) == ([], False)
            continue
        assert final.read_bytes() == raw[:end]
        assert [(file.name, file.bytes, file.records) for file in closed] == [(final.name, end, members)]
        assert index_of(final) == sorted(index_lines(final))
        assert repair(folder) == []


def test_what_comes_after_a_power_cut_is_set_aside(tmp_path):
    path, refs = left_open(tmp_path)
    with path.open("ab") as stream:
        stream.write(bytes(4096))
    (file,) = repair(tmp_path)
    assert (tmp_path / (file.name + ".tail")).read_bytes() == bytes(4096)
    made.check(tmp_path / file.name)
    assert read(tmp_path, refs[2]).body == BODY + b"2"


def test_a_whole_file_that_is_no_warc_is_closed_without_an_index(tmp_path):
    import gzip

    path = tmp_path / "citekeep-x.warc.gz.open"
    path.write_bytes(gzip.compress(b"not a record\r\n\r\n"))
    (file,) = repair(tmp_path)
    assert (file.records, index_exists := (tmp_path / "citekeep-x.cdxj").exists()) == (1, False), index_exists


def test_the_files_of_a_living_process_are_left_alone(tmp_path):
    running = made.writer(tmp_path)
    ref = running.submit(made.exchange(made.page(BODY))).result()
    (path,) = tmp_path.glob("*.warc.gz.open")
    before = path.read_bytes()
    assert repair(tmp_path) == []
    other = made.writer(tmp_path)  # another run of the same directory
    assert other.repaired == []
    second = other.submit(made.exchange(made.page(BODY))).result()
    other.close()
    assert second.name != ref.name
    assert path.read_bytes() == before
    running.close()
    made.check(*made.warcs(tmp_path))


def test_repair_looks_again_once_it_holds_the_lock(tmp_path, monkeypatch):
    """Between being seen and being locked, the file's own process may have closed it."""
    path, refs = left_open(tmp_path)
    real = fcntl.flock

    def flock(stream, how):
        if path.exists():
            path.rename(path.with_name(path.name.removesuffix(".open")))
        real(stream, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    assert repair(tmp_path) == []
    monkeypatch.undo()
    assert read(tmp_path, refs[0]).body == BODY + b"0"


def test_kill_9_at_any_moment_leaves_every_record_that_was_reported(tmp_path):
    chance = random.Random(9)
    for round_ in range(10):
        said = tmp_path / f"{round_}.said"
        with said.open("wb") as output:
            process = subprocess.Popen([sys.executable, WRITING, str(tmp_path)], stdout=output)
        end = time.monotonic() + 20
        while not said.stat().st_size and time.monotonic() < end:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.12))
        process.send_signal(signal.SIGKILL)
        process.wait(20)
        lines = [line for line in said.read_text().splitlines(keepends=True) if line.endswith("\n")]
        assert lines
        left = list(tmp_path.glob("*.warc.gz.open"))
        closed = repair(tmp_path)
        assert len(closed) <= len(left) <= 1, "a file without a whole record is removed"
        assert not list(tmp_path.glob("*.open"))
        for line in lines:
            number, name, offset, length = json.loads(line)
            stored = read(tmp_path, WarcRef(name=name, offset=offset, length=length))
            assert stored.url == f"https://a.test/{number}"
            assert stored.head.get("N") == str(number)
    paths = made.warcs(tmp_path)
    made.check(*paths)
    assert all(index_of(path) == sorted(index_lines(path)) for path in paths)


def test_a_full_disk_is_an_error_and_the_file_stays_whole(tmp_path):
    done = subprocess.run(
        [sys.executable, WRITING, str(tmp_path), "20000"], capture_output=True, text=True, timeout=60, check=True
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    written = [answer for answer in answers if len(answer) == 4]
    failed = [answer for answer in answers if len(answer) == 2]
    assert [n for n, *_ in written] == [0, 1, 2, 3, 4, 8, 9], "what comes once there is room again is written"
    assert all("Cannot write a WARC" in said and "File too large" in said for _, said in failed)
    (path,) = made.warcs(tmp_path)
    made.check(path)
    assert len(made.records(path)) == 1 + 2 * len(written)
    assert index_of(path) == sorted(index_lines(path))
    for n, name, offset, length in written:
        assert read(tmp_path, WarcRef(name=name, offset=offset, length=length)).head.get("N") == str(n)


def test_a_disk_that_is_full_from_the_start_leaves_no_file(tmp_path):
    done = subprocess.run(
        [sys.executable, WRITING, str(tmp_path), "100"], capture_output=True, text=True, timeout=60, check=True
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [len(answer) for answer in answers] == [2] * 8 + [4] * 2
    (path,) = made.warcs(tmp_path)
    made.check(path)
    assert [kind for kind, _, _ in made.records(path)] == ["warcinfo"] + ["response", "request"] * 2
    assert not list(tmp_path.glob("*.open")), "nor the index of one"


def test_an_index_without_its_warc_is_removed(tmp_path):
    """Killed between a WARC's final name and the end of its running index; one that is being written keeps it."""
    running = made.writer(tmp_path)
    running.submit(made.exchange(made.page(BODY))).result()
    (kept,) = tmp_path.glob("*.cdxj.open")
    (tmp_path / "citekeep-x.cdxj.open").write_text("a line\n")
    assert repair(tmp_path) == []
    assert list(tmp_path.glob("*.cdxj.open")) == [kept]
    running.close()


def test_a_directory_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ArchiveError, match=r"Cannot write WARCs to .*file"):
        made.writer(tmp_path / "file")


def test_damage_is_an_error_and_never_other_bytes(tmp_path):
    path, (ref, *_) = left_open(tmp_path, count=1)
    raw = path.read_bytes()
    copy = tmp_path / "copy"
    copy.mkdir()
    chance = random.Random(3)
    for place in chance.sample(range(ref.offset, ref.offset + ref.length), 150):
        damaged = bytearray(raw)
        damaged[place] ^= 1 << chance.randrange(8)
        (copy / path.name).write_bytes(damaged)
        with contextlib.suppress(ArchiveError):  # or it was a bit of the gzip header that means nothing
            assert read(copy, ref).body == BODY + b"0"
    shutil.rmtree(copy)
    for wrong in (
        WarcRef(name=ref.name, offset=ref.offset + 1, length=ref.length),
        WarcRef(name=ref.name, offset=ref.offset, length=ref.length - 1),
        WarcRef(name=ref.name, offset=ref.offset, length=ref.length + 30),
        WarcRef(name=ref.name, offset=10**9, length=ref.length),
        WarcRef(name="none.warc.gz", offset=0, length=10),
    ):
        with pytest.raises(ArchiveError, match="cannot be read"):
            read(tmp_path, wrong)
    assert os.path.getsize(path) == len(raw)
