"""Which earlier texts of a link there are to compare a page with that was seen at a time: read from archive.db.

Only what was good counts, and only what is older than the page. What they prove is decided in citekeep/verdicts/earlier.py.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from citekeep.verdicts.earlier import TEXT_LIMIT
from citekeep.verdicts.table import newest

EVER = "9999-12-31T23:59:59Z"

# The last check of ours that found the page alive.
_OWN_CHECK = f"""
SELECT c.id, c.checked_at, substr(t.text, 1, :limit)
FROM checks AS c JOIN judgements AS j ON j.check_id = c.id AND {newest("j")} JOIN verdicts AS v ON v.name = j.verdict
JOIN documents AS d ON d.id = c.document_id JOIN texts AS t ON t.id = d.text_id
WHERE c.link_id = :link AND v."group" = 'alive' AND d.outcome = 'ok' AND c.checked_at <= :at
ORDER BY c.checked_at DESC, c.id DESC LIMIT 1
"""  # noqa: S608 - names are ours

# The memento that shows a citation, read back and good. One of after we saw that the page shows something else shows that,
# too, and proves nothing.
_MEMENTO = f"""
SELECT m.id, m.memento_at, substr(t.text, 1, :limit)
FROM mementos AS m JOIN documents AS d ON d.id = m.document_id JOIN texts AS t ON t.id = d.text_id
WHERE m.link_id = :link AND m.quality IN ('verified', 'identical') AND m.memento_at <= :at AND m.id <> :but
  AND NOT EXISTS (
    SELECT 1 FROM checks AS c JOIN judgements AS j ON j.check_id = c.id AND {newest("j")} JOIN verdicts AS v ON v.name = j.verdict
    WHERE c.link_id = :link AND v."group" = 'changed' AND c.checked_at <= m.memento_at)
ORDER BY EXISTS (SELECT 1 FROM citations WHERE as_cited_memento_id = m.id) DESC, m.memento_at LIMIT 1
"""  # noqa: S608 - names are ours


def earlier_texts(
    connection: sqlite3.Connection, link_id: int, at: str = EVER, *, but: int = 0
) -> list[dict[str, Any]]:
    """Return ``history["earlier"]`` (citekeep/items.py) of a page that was seen at a time. but: a memento that is no
    earlier text, as it is the page itself.

    Of the mementos, only one that is no newer than our last good look: what came after that may be what is to be found out.
    """
    own = connection.execute(_OWN_CHECK, {"link": link_id, "limit": TEXT_LIMIT, "at": at}).fetchone()
    found = earlier_memento(connection, link_id, own[1] if own else at, but=but)
    return [*found, *([] if own is None else [_told("own_check", own)])]


def earlier_memento(connection: sqlite3.Connection, link_id: int, at: str, *, but: int = 0) -> list[dict[str, Any]]:
    """Return the snapshot of until a time that shows a citation, as in ``earlier_texts``, or []."""
    row = connection.execute(_MEMENTO, {"link": link_id, "limit": TEXT_LIMIT, "at": at, "but": but}).fetchone()
    return [] if row is None else [_told("memento", row)]


def _told(basis: str, row: tuple[Any, ...]) -> dict[str, Any]:
    return {"basis": basis, "id": row[0], "at": row[1], "text": row[2]}
