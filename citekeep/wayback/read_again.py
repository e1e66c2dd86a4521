"""Reads chosen snapshots back just now, whatever the ledger has in hand: before somebody puts them into a text."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from citekeep import clock
from citekeep.database import Writer
from citekeep.wayback import ledger
from citekeep.wayback.client import Client
from citekeep.wayback.limits import Limits
from citekeep.wayback.terms import SERVICE, Summary
from citekeep.wayback.verify import Reader, Unread, Verifier
from citekeep.wayback.worker import LEASE, LEASE_SECONDS

PAUSE = 0.5  # seconds until the pace of the archive is asked about again


@dataclass(frozen=True)
class Told:
    """What came of it. read: snapshots that were read. left: those that were not. sentence: what was in the way, or None."""

    read: int
    left: int
    sentence: str | None = None


async def read_again(
    writer: Writer, memento_ids: Sequence[int], *, user_agent: str, reader: Reader, seconds: float
) -> Told:
    """Read mementos of the Wayback Machine back, at its pace, within so many seconds; what came of it is in archive.db.

    Those of private links, of other archives and such as nothing relies on are left.
    """
    holder = f"read-{uuid4().hex}"
    if not await writer.run(ledger.take_lease, LEASE, holder, LEASE_SECONDS + seconds, urgent=True):
        return Told(0, len(memento_ids), "Another process is working the ledger: try again when it is done.")
    try:
        await writer.run(make_due, list(memento_ids), urgent=True)
        async with Client(user_agent) as client:
            limits = Limits(writer, SERVICE, reserve=0.0)
            verifier = Verifier(writer, client, limits, reader, Summary())
            chosen = [one for one in await verifier.due(len(memento_ids) + 100_000) if one.memento_id in memento_ids]
            read = await _read(verifier, limits, chosen, clock.timestamp() + seconds)
            return Told(read, len(memento_ids) - read, limits.sentence)
    finally:
        await writer.run(ledger.give_lease, LEASE, holder, urgent=True)


async def _read(verifier: Verifier, limits: Limits, chosen: list[Unread], deadline: float) -> int:
    read = 0
    for one in chosen:
        while not await verifier.verify(one):
            if limits.failures[verifier.endpoint] or clock.timestamp() >= deadline:
                return read
            await asyncio.sleep(PAUSE)
        read += 1
    return read


def make_due(connection: sqlite3.Connection, memento_ids: list[int]) -> None:
    """Let mementos be due to be read back now; those that were found bad stay so."""
    for memento_id in memento_ids:
        connection.execute(
            "UPDATE mementos SET next_verify_at = ? WHERE id = ? AND quality IN ('verified', 'identical', 'unread')",
            (clock.now(), memento_id),
        )
