"""What a check tells of hosts and of its page's own wishes: robots.txt, probes, reservations. A connection first."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from citekeep import values
from citekeep.items import Result
from citekeep.probing import merged


def record_reservations(connection: sqlite3.Connection, result: Result, check_id: int) -> None:
    """Keep what a page asks of those who keep it."""
    connection.executemany(
        "INSERT OR IGNORE INTO reservations (check_id, signal, place, value, keeps) VALUES (?, ?, ?, ?, ?)",
        [
            (check_id, one["signal"], values.words(one["place"]), values.words(one["value"]), int(one["keeps"]))
            for one in result.reservations
        ],
    )


def record_probes(connection: sqlite3.Connection, probes: Mapping[str, Mapping[str, Any]]) -> None:
    """Keep what probes found, each with its origin."""
    for origin, made in probes.items():
        row = connection.execute("SELECT id, probes FROM hosts WHERE origin = ?", (origin,)).fetchone()
        if row is not None:
            known = merged(json.loads(row[1]) if row[1] else {}, made)
            connection.execute(
                "UPDATE hosts SET probes = ?, probed_at = ? WHERE id = ?",
                (values.as_json(known), max(fact["at"] for fact in made.values()), row[0]),
            )
