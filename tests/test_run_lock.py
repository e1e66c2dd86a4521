"""Which runs of this machine are dead, and what they held."""

import sqlite3

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
    assert list((tmp_path / run_lock.FOLDER).iterdir()) == []


def test_a_run_that_ends_leaves_no_lease(tmp_path):
    connection = archive(tmp_path)
    begun(connection, "ended")
    crawls.finish(connection, 1, reason="shutdown", stats={})
    assert left(connection) == ("shutdown", 0)


def test_an_end_that_was_recorded_leaves_no_file(tmp_path):
    run_lock.let_go(tmp_path, "done", run_lock.hold(tmp_path, "done"), recorded=True)
    assert list((tmp_path / run_lock.FOLDER).iterdir()) == []
