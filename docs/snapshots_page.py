"""What docs/snapshots.md owes to the code: the states and their picture, wishes, limits, refusals, waits, answers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from citekeep.verdicts.table import GROUPS
from citekeep.wayback import budget, client, codes, idle, limits, probe, terms, verify, witness
from citekeep.wayback.ledger import OPEN, TRANSITIONS
from citekeep.wayback.states import STATES
from citekeep.wayback.worker import IDLE
from commands.snapshots import EXIT_CODES
from docs.answers import asked
from pipelines.want_snapshot import MODE_BY_GROUP

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0

MEETINGS = {"answered": ("submitting", "submitted", "unknown"), "read_back": ("saved", "found")}
"""Where lines of the picture meet: name -> states that all may become the same others."""

MODES = {
    "save": "looked up; saved where no snapshot is young enough",
    "lookup": "looked up, never saved",
    None: "nothing: what Citekeep would not ask, it has nobody else ask",
}

ENDPOINTS = {
    "cdx": "the index (CDX): which captures are there?",
    "replay": "a capture read back",
    "save": "saving with keys",
    "save_keyless": "saving without keys",
    "status": "what became of jobs, what the account may do",
    "memento": "any other archive (MEMENTO_ARCHIVES), each by itself",
}

REFUSALS = {
    codes.PERMANENT: ("The page cannot be saved: blocked, too large, not there, not readable for the archive", "never"),
    codes.TRANSIENT: ("A fault of the moment, the archive's or the page's", "{wait}, then doubled each time"),
    codes.HOST_PAUSED: ("The archive leaves this host alone for now, or the host sends it away", "{wait}"),
    codes.PER_URL_DAY: ("This page was saved too often today", "after 00:00 UTC"),
    codes.QUOTA: ("The account's quota of today is used up; nothing else is submitted either", "after 00:00 UTC"),
    codes.SESSIONS: ("The account has too many captures under way", "{wait}"),
    codes.UNKNOWN: ("A refusal that Citekeep does not know; it is kept word for word", "{wait}"),
}
"""Class of a refusal -> (what it means, when the wish is tried again)."""

SQL_AS_CITED = """
select anchor_text, cited_on, cited_on_basis, snapshot_at, gap_days, snapshot_said from as_cited
where snapshot_state in ('verified', 'identical')
"""
SQL_WITNESS = """
select url, captures, first_good_at, last_good_at, gone_at from witness
where standing in ('doubtful', 'dead', 'refused') order by url
"""
SQL_MEMENTOS = """
select memento_at, status, quality, reason from memento_now
where memento_url like '%www.uralwire.test/%' order by memento_at
"""


def duration(seconds: float) -> str:
    """Return seconds in words, in the largest unit of which it is a whole number: "6 seconds", "1 hour", "30 days"."""
    for unit, size in (("day", DAY), ("hour", HOUR), ("minute", MINUTE), ("second", 1.0)):
        if seconds >= size and seconds % size == 0:
            number = int(seconds / size)
            return f"{number} {unit}" + ("s" if number > 1 else "")
    return f"{seconds:g} seconds"


def picture() -> str:
    """Return the states and every transition of the table as a Mermaid state diagram.

    What all states of a meeting may become is drawn once: their lines lead to a diamond, and on from there.
    """
    shared = {
        name: frozenset.intersection(*(TRANSITIONS[state] for state in members)) - set(members)
        for name, members in MEETINGS.items()
    }
    lines = ["[*] --> wanted", *(f"state {name} <<choice>>" for name in MEETINGS)]
    for state in STATES:
        through = [name for name, members in MEETINGS.items() if state in members]
        drawn = frozenset[str]().union(*(shared[name] for name in through))
        lines += [f"{state} --> {after}" for after in STATES if after in TRANSITIONS[state] - drawn]
        lines += [f"{state} --> {name}" for name in through]
    for name, after in shared.items():
        lines += [f"{name} --> {state}" for state in STATES if state in after]
    return "\n".join(["```mermaid", "stateDiagram-v2", *(f"    {line}" for line in lines), "```"])


def states() -> str:
    """Return what each state means, what one can do, and which may follow, as a table."""
    rows = []
    for state, told in STATES.items():
        following = ", ".join(name for name in STATES if name in TRANSITIONS[state])
        kind = "open" if state in OPEN else "ended"
        rows.append((f"**{state}**", kind, told.meaning, told.advice, following or "(none)"))
    return _table(("state", "wish", "means", "what to do", "may become"), rows)


def wishes() -> str:
    """Return what is wished for a link after a check, by the group of its verdict, as a table."""
    rows = [(group, meaning, MODES[MODE_BY_GROUP.get(group)]) for group, meaning in GROUPS.items()]
    return _table(("group", "what the check saw", "the link is"), rows)


def pace() -> str:
    """Return how fast each endpoint is asked, as a table."""
    rows = []
    for endpoint, rate in budget.RATES.items():
        row = [ENDPOINTS[endpoint]]
        for limit in (rate.per_minute, rate.per_day):
            row += ["", ""] if limit is None else [f"{limit:,g}", f"{limit * budget.SHARE:,g}"]
        rows.append(row)
    return _table(("what is asked", "limit a minute", "we ask", "limit a day", "we ask"), rows)


def refusals() -> str:
    """Return what each class of refusals means, when it is tried again, when it is for good, and its codes."""
    rows = []
    for kind, (meaning, again) in REFUSALS.items():
        tries = codes.TRIES.get(kind)
        end = "never" if tries is None else "at once" if tries == 1 else f"after {tries} submissions"
        named = ", ".join(f"`{code}`" for code, of in codes.CODES.items() if of == kind)
        rows.append((meaning, again.format(wait=duration(codes.WAITS.get(kind, 0.0))), end, named))
    return _table(("refusal", "tried again after", "refused for good", "codes of Save Page Now"), rows)


def waits() -> str:
    """Return what waits until when, as a table."""
    tries, readings = [duration(wait) for wait in terms.UNKNOWN_WAITS], [duration(wait) for wait in verify.NOT_YET]
    unreachable = next(iter(limits.FIRST_WAITS.values()))
    most = 2**limits.DOUBLINGS
    rows = (
        ("the answer of the index", f"is believed for {duration(terms.LOOKUP_FRESH)}"),
        ("a host of which the archive shows nothing", f"the page is asked about again after {duration(terms.BLOCKED_WAIT)}"),
        ("an answer of the index that cannot be read", f"asked again after {duration(terms.UNREADABLE_WAIT)}"),
        ("a save that is under way (a job)", f"asked about every {terms.POLL_FIRST:g} to {terms.POLL_LONGEST:g} seconds;"
         f" pending for more than {duration(terms.JOB_LIFE)}, it becomes unknown"),
        ("an unknown submission", f"looked up at most {len(tries) + 1} times, with {', '.join(tries)} between; then absent"),
        ("a new capture that cannot be shown yet", f"read again after {', '.join(readings)}; then rejected"),
        ("a verified or identical snapshot", f"read back again after {duration(verify.GOOD_FOR)}"),
        ("a service that is down or times out", f"left alone for {duration(unreachable)}, doubled with each failure in a"
         f" row, at most {duration(unreachable * most)}; longer if it says so (Retry-After), at most"
         f" {duration(client.RETRY_AFTER_MAX)}"),
        ("a service that answers 429", f"left alone for {duration(limits.USUAL_WAIT)}, doubled likewise, at most"
         f" {duration(limits.USUAL_WAIT * most)}; longer if it says so, at most {duration(client.RETRY_AFTER_MAX)}"),
        ("keys that are refused", f"tried once more after {duration(limits.USUAL_WAIT)}; then not by this run for"
         f" {duration(limits.DAY)}"),
        ("the account's quota", "the rest of the day until 00:00 UTC"),
        ("the history of a link at risk", f"asked about again after SNAPSHOT_MAX_AGE_DAYS, from {duration(witness.OVERLAP)}"
         f" before the last answer on; after an answer that was none, {duration(idle.RETRY)} later"),
        ("the page that `--probe` saves", f"waited for {duration(probe.PATIENCE)} at most"),
        ("a run without `--for`", f"ends when nothing is due within {duration(IDLE)}"),
    )  # fmt: skip
    return _table(("what", "until when"), rows)


def exit_codes() -> str:
    """Return the exit codes of ``scrapy snapshots`` as a table."""
    return _table(("code", "meaning"), [(str(code), sentence) for code, sentence in EXIT_CODES.items()])


def as_cited_answer(archive: Path) -> str:
    """Return the snapshots as cited of the example."""
    return asked(archive, SQL_AS_CITED)


def witness_answer(archive: Path) -> str:
    """Return what the Wayback Machine saw of the example's links in doubt."""
    return asked(archive, SQL_WITNESS)


def mementos_answer(archive: Path) -> str:
    """Return every capture of the example's dead source, with what is held true of it."""
    return asked(archive, SQL_MEMENTOS)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    cells = [list(head), *(list(row) for row in rows)]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join([lines[0], "|---" * len(cells[0]) + "|", *lines[1:]])
