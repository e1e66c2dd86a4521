"""What is done once a run has ended and archive.db is closed: the disk, backups, WARCs, alarms, the digest, the hooks."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from citekeep import database
from citekeep.digest import files
from citekeep.digest.read import digest
from citekeep.digest.span import of_run
from citekeep.exceptions import CitekeepError, InputError
from citekeep.health import backups, checks, disk, summaries, warc_sums
from citekeep.health.alarms import Alarm
from citekeep.health.hooks import Hooks, tell
from citekeep.health.terms import Terms


@dataclass
class Health:
    """How the archive is. raised, cleared: just now. standing: the gravest first. sentences: what went wrong in looking."""

    raised: list[Alarm] = field(default_factory=list)
    cleared: list[Alarm] = field(default_factory=list)
    standing: list[Alarm] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)


def look(connection: sqlite3.Connection, terms: Terms, hooks: Hooks) -> Health:
    """Sum up what ended, look at everything that alarms tell of, record it, tell the hooks. Raises sqlite3.Error, OSError."""
    free = disk.free([terms.database.parent, terms.warc_dir])
    with database.transaction(connection):
        summaries.sum_up(connection)
        summaries.note_room(connection, free)
        change = checks.check_all(connection, terms)
    return Health(
        raised=change.raised, cleared=change.cleared, standing=change.standing, sentences=tell(connection, hooks)
    )


def verify_warcs(connection: sqlite3.Connection, folder: Path, number: int) -> list[warc_sums.Looked]:
    """Take the sums of so many WARCs again, the longest unseen first; record and return what was found."""
    found = [warc_sums.look(folder, *row) for row in warc_sums.oldest(connection, number)]
    with database.transaction(connection):
        warc_sums.note(connection, found)
    return found


def back_up(
    connection: sqlite3.Connection,
    terms: Terms,
    *,
    keep: int | None = None,
    folder: Path | None = None,
    progress: backups.Progress | None = None,
) -> backups.Backup:
    """Make a backup, record and return what came of it. Raises InputError where one is being made already.

    folder: another than BACKUP_DIR. That no copy could be made there is for whoever asked alone: it is no row, and no alarm
    says of the regular backups what is not so.
    """
    made = backups.make(
        terms.database,
        folder or terms.backup_dir,
        keep=keep or terms.backup_keep,
        room=terms.disk_free_min,
        progress=progress,
    )
    if folder is None or made.outcome != "failed":
        with database.transaction(connection):
            backups.note(connection, made)
    return made


def after_run(terms: Terms, hooks: Hooks, *, scheduled: bool, warcs: int = 0) -> Health:
    """Do all that a run's end asks for, and return how the archive is; what fails is a sentence, never an error.

    scheduled: a backup is made when it is time, and the sums of so many WARCs are taken again.
    """
    said: list[str] = []
    try:
        with closing(database.connect(terms.database)) as connection:
            if scheduled:
                verify_warcs(connection, terms.warc_dir, warcs)
                if backups.is_due(connection, terms.backup_every_days):
                    said += _back_up(connection, terms)
            health = look(connection, terms, hooks)
    except (CitekeepError, sqlite3.Error, OSError) as error:
        why = str(error).rstrip(".")
        return Health(sentences=[*said, f"How the archive is could not be found out: {why}."])
    health.sentences = [*said, *health.sentences]
    return health


def leave_digest(path: Path, folder: Path, crawl_id: int, *, keep: int) -> list[str]:
    """Write the digest of a run into a folder; return a sentence where that failed."""
    try:
        with closing(database.connect(path)) as connection:
            files.write(digest(connection, of_run(connection, crawl_id)), folder, crawl_id, keep=keep)
    except (CitekeepError, sqlite3.Error, OSError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error).rstrip(".")
        return [f"The digest could not be written into DIGEST_DIR: {why}."]
    return []


def _back_up(connection: sqlite3.Connection, terms: Terms) -> list[str]:
    try:
        made = back_up(connection, terms)
    except InputError:  # another run makes one just now
        return []
    return [made.reason] if made.reason else []
