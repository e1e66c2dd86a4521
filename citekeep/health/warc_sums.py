"""Whether the WARCs are still the files that were closed: their sums, taken again, the longest unseen first."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from citekeep import clock
from citekeep.health.backups import sha256_of


@dataclass(frozen=True, kw_only=True)
class Looked:
    """One WARC that was looked at. damage: None where it is whole; see warcs.damage."""

    warc_id: int
    name: str
    damage: str | None
    at: str


def oldest(connection: sqlite3.Connection, number: int) -> list[tuple[int, str, int, str]]:
    """Return (id, name, bytes, sha256) of the WARCs whose sums were not looked at for the longest time, the damaged first."""
    rows = connection.execute(
        "SELECT id, name, bytes, sha256 FROM warcs WHERE damage IS NOT NULL AND sha256 IS NOT NULL LIMIT ?", (number,)
    ).fetchall()
    rows += connection.execute(
        "SELECT id, name, bytes, sha256 FROM warcs WHERE sha256 IS NOT NULL AND damage IS NULL"
        " ORDER BY verified_at, id LIMIT ?",
        (number - len(rows),),
    ).fetchall()
    return rows


def look(folder: Path, warc_id: int, name: str, size: int, sha256: str) -> Looked:
    """Read a WARC whole and return whether it is the file that was closed."""
    return Looked(warc_id=warc_id, name=name, damage=_damage(folder / name, size, sha256), at=clock.now())


def _damage(path: Path, size: int, sha256: str) -> str | None:
    try:
        if path.stat().st_size != size:
            return "other_size"
        return None if sha256_of(path) == sha256 else "other_sum"
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "unreadable"


def note(connection: sqlite3.Connection, looked: list[Looked]) -> None:
    """Record what was found."""
    connection.executemany(
        "UPDATE warcs SET verified_at = ?, damage = ? WHERE id = ?",
        [(one.at, one.damage, one.warc_id) for one in looked],
    )
