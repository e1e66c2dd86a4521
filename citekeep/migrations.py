"""The schema of archive.db, as an append-only list of migrations.

A migration that has been released is never edited: what changes is a new function below it. This file imports nothing
of Citekeep, so that ``sqlite-utils migrate archive.db citekeep/migrations.py`` works from anywhere; the lists that the
database also holds (verdicts, dictionary) are filled in by ``citekeep.database.connect``.
"""

from __future__ import annotations

import re
from pathlib import Path

from sqlite_utils import Database, Migrations

APPLICATION_ID = 0x43697465
""""Cite" in bytes 68 to 71 of the file, so that ``file`` and Citekeep can tell an archive from another database."""

SCHEMA = Path(__file__).resolve().parent / "schema"
_TIME = re.compile(r"^(\s+)(\w+) TIME\b( NOT NULL)?", re.MULTILINE)
_CLOCK_FORM = "[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z"

migrations = Migrations("citekeep")


def script(folder: Path) -> str:
    """Return the SQL of a folder's files in the order of their names.

    ``name TIME`` becomes TEXT with a CHECK of the clock's form.
    """
    sql = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql")))
    return _TIME.sub(rf"\1\2 TEXT\3 CHECK (\2 GLOB '{_CLOCK_FORM}')", sql)


@migrations()
def m0001_whole_schema(db: Database) -> None:
    """Make all tables, indexes, triggers and views."""
    db.executescript(script(SCHEMA / "0001"))
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")


@migrations()
def m0002_citations_and_dates(db: Database) -> None:
    """Say through what a source is cited, and from when to when each citation can have been made."""
    db.executescript(script(SCHEMA / "0002"))


@migrations()
def m0003_standing(db: Database) -> None:
    """Say on what a link is held for dead, and in one sentence how it stands with a host."""
    db.executescript(script(SCHEMA / "0003"))


@migrations()
def m0004_passages_and_reviews(db: Database) -> None:
    """Say of passages then and now, of reviews and who disagrees with them, and what changed with the rules."""
    db.executescript(script(SCHEMA / "0004"))


@migrations()
def m0005_sources(db: Database) -> None:
    """Keep what an archivist named to be looked at, and where each article was found."""
    db.executescript(script(SCHEMA / "0005"))


@migrations()
def m0006_risk_and_documents(db: Database) -> None:
    """Find the sites whose links may be dying; take saved documents of more kinds."""
    db.executescript(script(SCHEMA / "0006"))


@migrations()
def m0007_roads(db: Database) -> None:
    """Say what a short address leads to, and keep captures that articles themselves name."""
    db.executescript(script(SCHEMA / "0007"))


@migrations()
def m0008_versions(db: Database) -> None:
    """Keep what an outlet edited after publication, each stretch of readings alike as one row."""
    db.executescript(script(SCHEMA / "0008"))


@migrations()
def m0009_citations_of_documents(db: Database) -> None:
    """Keep what cited documents cite themselves."""
    db.executescript(script(SCHEMA / "0009"))


@migrations()
def m0010_imports(db: Database) -> None:
    """Take captures that others made, and tell all that was seen in the order of its time."""
    db.executescript(script(SCHEMA / "0010"))


@migrations()
def m0011_reading(db: Database) -> None:
    """Give every memento that is relied on its time, so that what is to be read back is found by it."""
    db.executescript(script(SCHEMA / "0011"))


@migrations()
def m0012_health(db: Database) -> None:
    """Sum up runs, keep when standings changed, alarms, backups and when the sums of WARCs were looked at."""
    db.executescript(script(SCHEMA / "0012"))


@migrations()
def m0013_requisites(db: Database) -> None:
    """Keep what an article's page needs beside itself to look like itself."""
    db.executescript(script(SCHEMA / "0013"))


@migrations()
def m0014_pace_and_reservations(db: Database) -> None:
    """Keep how fast each site may be asked, and what pages ask of those who keep them; say who is paused, what is not saved."""
    db.executescript(script(SCHEMA / "0014"))


@migrations()
def m0015_source_terms(db: Database) -> None:
    """Keep on which terms each source was asked, from when to when."""
    db.executescript(script(SCHEMA / "0015"))


@migrations()
def m0016_hosts_of_cited_links(db: Database) -> None:
    """Count of a host what is cited or asked about, not the articles themselves; say of how many strikes a link dies."""
    db.executescript(script(SCHEMA / "0016"))


@migrations()
def m0017_unchanged_requisites(db: Database) -> None:
    """Keep with what a server is asked whether a requisite is as it was, and that keys are refused."""
    db.executescript(script(SCHEMA / "0017"))


@migrations()
def m0018_reviewed_by(db: Database) -> None:
    """Say in the views of citations and links who reviewed them."""
    db.executescript(script(SCHEMA / "0018"))


@migrations()
def m0019_sites_among_runs(db: Database) -> None:
    """Keep at which pace a site was asked until it was given back, and that another run wants it for a redirect."""
    db.executescript(script(SCHEMA / "0019"))


@migrations()
def m0020_as_it_stands(db: Database) -> None:
    """Tell the citations that an article has no longer apart, and what was looked at from what was not asked."""
    db.executescript(script(SCHEMA / "0020"))
