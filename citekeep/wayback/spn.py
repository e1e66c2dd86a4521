"""Save Page Now 2: submit, status, batch status, user, system. A small client that never says more than it was told.

After the public API document of the Internet Archive and the shapes seen of the service: refusals come as HTTP 200, job
ids may be null, and an unknown or old job is "pending" for ever.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from random import randrange
from typing import Any

from citekeep.exceptions import WaybackError, WaybackKeysError
from citekeep.wayback.client import Client, raise_for_trouble
from citekeep.wayback.keys import WHERE_TO_GET, Keys

SUBMIT_LIMIT = 60.0  # seconds; what is slower may have come about and is looked up
STATUS_LIMIT = 30.0
BATCH = 50  # job ids in one question
STATES = ("pending", "success", "error")  # a tuple: what is looked for in it may be a list
COUNT_MAX = 10**9  # of captures or sessions; a larger number is no answer
DELAY_MAX = 7 * 86_400.0  # seconds: a longer one is cut to a week
_DELAY = re.compile(r"will start in ~?\s*((?:\d+ (?:hour|minute|second)s?[, ]*)+)", re.IGNORECASE)
_UNITS = {"hour": 3600.0, "minute": 60.0, "second": 1.0}


@dataclass(frozen=True, kw_only=True)
class Submission:
    """Answer to a submission. job_id: None where there is no job (a recent capture, or a refusal: status_ext, message).

    delay: seconds after which the service says that it will start.
    """

    job_id: str | None = None
    status_ext: str | None = None
    message: str | None = None
    refused: bool = False
    delay: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Status:
    """Answer about a job. state: pending, success or error. timestamp: 14 digits; original_url: where it ended up."""

    job_id: str
    state: str
    timestamp: str | None = None
    original_url: str | None = None
    original_job_id: str | None = None
    status_ext: str | None = None
    message: str | None = None
    raw: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class User:
    """What the account may do now: free sessions, captures today and their limit. None: not told."""

    available: int | None = None
    processing: int | None = None
    daily_captures: int | None = None
    daily_captures_limit: int | None = None


class SavePageNow:
    """What is asked with the account's keys; ``system`` is asked without."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self.client = client
        self.keys = keys

    async def submit(self, url: str, *, if_not_archived_within: float | None = None) -> Submission:
        """Ask for a capture. Raises WaybackError and its kin where the answer is none: the outcome is unknown then."""
        form = {"url": url, "skip_first_archive": "1"}
        if if_not_archived_within:
            form["if_not_archived_within"] = str(round(if_not_archived_within))
        data = await self._json("POST", "/save", SUBMIT_LIMIT, form)
        if not isinstance(data, dict):
            raise WaybackError("Save Page Now answered with something else than an object.")
        message = _text(data.get("message"))
        job_id = _text(data.get("job_id"))
        if job_id is None and (data.get("status") == "error" or data.get("status_ext")):
            return Submission(status_ext=_text(data.get("status_ext")), message=message, refused=True)
        if job_id is None and message and "same snapshot" not in message.lower():
            return Submission(message=message, refused=True)
        return Submission(job_id=job_id, message=message, delay=delay_told(message))

    async def status(self, job_id: str) -> Status:
        """Return what is known of one job."""
        data = await self._json("GET", f"/save/status/{job_id}", STATUS_LIMIT)
        return _status(data if isinstance(data, dict) else {}, job_id)

    async def statuses(self, job_ids: list[str]) -> list[Status]:
        """Return what is known of jobs, in no promised order; a job that the answer leaves out is left out."""
        found: list[Status] = []
        for start in range(0, len(job_ids), BATCH):
            part = job_ids[start : start + BATCH]
            data = await self._json("POST", "/save/status", STATUS_LIMIT, {"job_ids": ",".join(part)})
            rows = data if isinstance(data, list) else [data]
            wanted = set(part)
            for row in rows:
                job_id = _text(row.get("job_id")) if isinstance(row, dict) else None
                if job_id in wanted:
                    assert job_id is not None
                    found.append(_status(row, job_id))
        return found

    async def user(self) -> User:
        """Return what the account may do now."""
        path = f"/save/status/user?_t={randrange(10**12)}"  # noqa: S311 - against a stale cache
        data = await self._json("GET", path, STATUS_LIMIT)
        row = data if isinstance(data, dict) else {}
        names = ("available", "processing", "daily_captures", "daily_captures_limit")
        return User(**{name: _number(row.get(name)) for name in names})

    async def _json(self, method: str, path: str, limit: float, data: dict[str, str] | None = None) -> Any:
        return await _json(self.client, method, path, limit, data, self.keys)


async def system(client: Client) -> str:
    """Return "ok", or the sentence with which Save Page Now says that it is overloaded. It takes no keys."""
    data = await _json(client, "GET", "/save/status/system", STATUS_LIMIT)
    return (_text(data.get("status")) if isinstance(data, dict) else None) or "unknown"


async def _json(
    client: Client, method: str, path: str, limit: float, data: dict[str, str] | None = None, keys: Keys | None = None
) -> Any:
    answer = await client.ask(method, path, limit=limit, data=data, keys=keys, accept="application/json")
    raise_for_trouble(answer, "Save Page Now")
    if answer.status == 401:
        raise WaybackKeysError(f"archive.org did not accept the keys; get new ones at {WHERE_TO_GET}.")
    if answer.status in {400, 403, 404} or 300 <= answer.status < 400:
        raise WaybackError(f"Save Page Now: HTTP {answer.status}: {_shown(answer.text)}")
    try:
        told = json.loads(answer.body)
        return told if keys is None else keys.blacked_out_json(told)
    except (ValueError, RecursionError) as error:
        raise WaybackError(f"Save Page Now answered with no JSON: {_shown(answer.text)}") from error


def _status(row: dict[str, Any], job_id: str) -> Status:
    state = row.get("status")
    original = _text(row.get("original_url"))
    timestamp = _text(row.get("timestamp"))
    return Status(
        job_id=job_id,
        state=state if state in STATES else "error" if row.get("status_ext") else "pending",
        timestamp=timestamp if timestamp and re.fullmatch(r"\d{14}", timestamp) else None,
        original_url=original if original and original.startswith(("http://", "https://")) else None,
        original_job_id=_text(row.get("original_job_id")),
        status_ext=_text(row.get("status_ext")),
        message=_text(row.get("message")) or _text(row.get("exception")),
        raw={
            k: row[k]
            for k in ("status", "status_ext", "message", "timestamp", "original_url", "duration_sec")
            if k in row
        },
    )


def _text(value: Any) -> str | None:
    return value[:2_000] if isinstance(value, str) and value else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= COUNT_MAX else None


def delay_told(message: str | None) -> float:
    """Return the seconds after which a message says that a capture will start; 0.0 where it says nothing of it."""
    found = _DELAY.search(message or "")
    if found is None:
        return 0.0
    parts = re.findall(r"(\d+) (hour|minute|second)", found[1])
    return min(sum(min(int(number), DELAY_MAX) * _UNITS[unit] for number, unit in parts), DELAY_MAX)


def _shown(text: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", text[:2_000]).split())[:200]
