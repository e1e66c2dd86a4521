"""What each state of the ledger means to a person: one table, for the command and for docs/snapshots.md."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """meaning: what is known, in a few words. advice: what a person can do, or what happens by itself, as sentences."""

    meaning: str
    advice: str


STATES: dict[str, Told] = {
    "wanted": Told("to be looked up", "Nothing to do: its turn comes, what may vanish first before the rest."),
    "deferred": Told(
        "waiting: a limit, an outage or a refusal for now",
        "`reason` says why; it is wanted again at `next_attempt_at`. Nothing to do.",
    ),
    "submitting": Told(
        "being submitted",
        "Nothing to do. If the process that submits it dies, it becomes unknown, and is not sent again.",
    ),
    "submitted": Told("submitted, not done yet", "Nothing to do: the service is asked about it every few seconds."),
    "unknown": Told(
        "submitted, outcome unknown: looked up, never sent again",
        "Do not count on it yet. It is looked up until the index lists it, or the tries are used up.",
    ),
    "saved": Told(
        "saved, not read back yet", "Do not cite it yet: a capture may show an error page. It is read back next."
    ),
    "found": Told(
        "an existing snapshot was found",
        "Look at the snapshot's own quality before you cite it. It is read back next, unless it was before.",
    ),
    "verified": Told("read back and good", "Cite it. It is read back again after some months."),
    "rejected": Told(
        "read back, and not the page",
        "Do not cite it: `reason` says what it shows. If you know better, review it. The next check of the link"
        " makes a new wish.",
    ),
    "lost": Told(
        "once verified, gone since",
        "Mend what cites it: `as_cited` names the next best. Your own copy is in the WARCs, if Citekeep ever fetched it.",
    ),
    "refused": Told(
        "refused for good",
        "`reason` has the service's own words. Try another archive, or rely on your WARCs. The next check of the link"
        " makes a new wish.",
    ),
    "absent": Told(
        "looked up: no good snapshot is listed",
        "Look elsewhere (`MEMENTO_ARCHIVES`), or ask the author for a copy. If the page answers at its next check, that"
        " makes a new wish.",
    ),
}
"""In the order in which they are shown; the keys are those of ledger.TRANSITIONS."""
