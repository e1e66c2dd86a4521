"""Which runs of this machine are dead, and what they held."""

import fcntl
import sqlite3
from pathlib import Path

from citekeep import clock, crawls, database, run_lock


def begun(connection, run):
    crawls.start(connection, run=run, spider="article", arguments={}, versions={})
    connection.execute(
        "INSERT INTO leases (name, holder, until) VALUES ('ledger:wayback', ?, ?)", (run, clock.after(300))
    )
    connection.commit()


def left(connection):
    (reason,) = connection.execute("SELECT finish_reason FROM crawls ORDER BY id DESC LIMIT 1").fetchone()
    (leases,) = connection.execute("SELECT count(*) FROM leases").fetchone()
    return reason, leases


def files(folder):
    return sorted(path.stem for path in (folder / run_lock.FOLDER).iterdir())


def archive(folder):
    connection = database.connect(folder / "archive.db")
    connection.row_factory = sqlite3.Row
    return connection


def test_a_run_whose_process_lives_is_left_alone(tmp_path):
    connection = archive(tmp_path)
    stream = run_lock.hold(tmp_path, "alive")
    begun(connection, "alive")
    assert run_lock.end_dead_runs(connection, tmp_path) == 0
    assert left(connection) == (None, 1)
    stream.close()


def test_a_run_that_was_killed_or_could_not_record_its_end_gives_all_back(tmp_path):
    """A full disk keeps the end out of archive.db: the file stays, and tells the next run."""
    connection = archive(tmp_path)
    stream = run_lock.hold(tmp_path, "ended")
    begun(connection, "ended")
    run_lock.let_go(tmp_path, "ended", stream, recorded=False)
    assert run_lock.end_dead_runs(connection, tmp_path) == 1
    assert left(connection) == (crawls.INTERRUPTED, 0)
    assert files(tmp_path) == ["ended"], "its end may not be committed yet"
    run_lock.sweep(connection, tmp_path)
    assert files(tmp_path) == []


def test_only_files_of_the_living_and_of_runs_without_an_end_stay(tmp_path):
    """A run may be killed before it is in archive.db, and after its end is there."""
    connection = archive(tmp_path)
    alive = run_lock.hold(tmp_path, "alive-and-not-begun")
    run_lock.hold(tmp_path, "killed-before-its-row").close()
    run_lock.hold(tmp_path, "killed-after-its-end").close()
    begun(connection, "killed-after-its-end")
    crawls.finish(connection, 1, reason="finished", stats={})
    run_lock.hold(tmp_path, "killed-just-now").close()
    crawls.start(connection, run="killed-just-now", spider="article", arguments={}, versions={})
    run_lock.sweep(connection, tmp_path)
    assert files(tmp_path) == ["alive-and-not-begun", "killed-just-now"]
    assert run_lock.is_dead(tmp_path, "killed-just-now")
    alive.close()


def test_a_file_that_is_removed_before_it_is_locked_is_made_anew(tmp_path, monkeypatch):
    real, removed = fcntl.flock, []

    def flock(stream, how):
        if not removed:
            removed.append(stream.name)
            Path(stream.name).unlink()
        real(stream, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    stream = run_lock.hold(tmp_path, "new")
    assert removed
    assert files(tmp_path) == ["new"]
    assert not run_lock.is_dead(tmp_path, "new")
    stream.close()
    assert run_lock.is_dead(tmp_path, "new")


def test_a_run_that_ends_leaves_no_lease(tmp_path):
    connection = archive(tmp_path)
    begun(connection, "ended")
    crawls.finish(connection, 1, reason="shutdown", stats={})
    assert left(connection) == ("shutdown", 0)


def test_an_end_that_was_recorded_leaves_no_file(tmp_path):
    run_lock.let_go(tmp_path, "done", run_lock.hold(tmp_path, "done"), recorded=True)
    assert list((tmp_path / run_lock.FOLDER).iterdir()) == []
