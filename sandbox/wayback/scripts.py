"""What the stand-in does with certain URLs in place of what it would do: faults as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sandbox.http import Headers, Response

SAVE, STATUS, USER, SYSTEM, INDEX, AVAILABLE, REPLAY = (
    "save", "status", "user", "system", "index", "available", "replay",
)  # fmt: skip
EVERYWHERE = (SAVE, STATUS, USER, SYSTEM, INDEX, AVAILABLE, REPLAY)

TOO_MANY = """<html><body><h1>429 Too Many Requests</h1>
You have sent too many requests in a given amount of time.
</body></html>"""

Effects = Mapping[str, Mapping[str, Any]]
"""What applies to one request: {mode: its options, defaults filled in}."""


@dataclass(frozen=True)
class Mode:
    """Something that can be scripted. at: the endpoints it can be scripted for, the first of them unless told."""

    told: str
    at: tuple[str, ...]
    options: Mapping[str, Any]


MODES: dict[str, Mode] = {
    "status": Mode(
        "the answer is this HTTP status; captured: a capture is made all the same",
        EVERYWHERE,
        {"status": 429, "body": None, "headers": (), "retry_after": None, "captured": False, "after": 0.0},
    ),
    "reset": Mode("the connection is reset; captured as above", EVERYWHERE, {"captured": True}),
    "hang": Mode("no answer at all; captured as above", EVERYWHERE, {"captured": True}),
    "slow": Mode("the answer comes after so many real seconds", EVERYWHERE, {"seconds": 1.0}),
    "refuse": Mode("no job, a refusal as HTTP 200", (SAVE,), {"code": None, "message": "It cannot be captured."}),
    "no_job": Mode("as if captured a moment ago, job_id null", (SAVE,), {}),
    "delayed": Mode("the job begins so many seconds later, and it is said so", (SAVE,), {"seconds": 7_380.0}),
    "takes": Mode("the job ends after so many seconds, or polls", (SAVE,), {"seconds": None, "polls": None}),
    "lost": Mode("the job is pending for ever", (SAVE,), {}),
    "error": Mode("the job ends with this code; None is left out", (SAVE,), {"code": None, "message": None}),
    "tell": Mode("fields of a finished job's answer; None takes one away", (SAVE,), {"fields": {}}),
    "lag": Mode("seconds until the index lists the capture", (SAVE,), {"seconds": 1_200.0}),
    "older": Mode("a save without keys is sent to an older capture", (SAVE,), {"timestamp": "20200101000000"}),
    "rows": Mode("lines that the index lists besides, as they stand", (INDEX,), {"lines": ()}),
    "empty_page": Mode("a page of no rows, with a key to the next", (INDEX,), {}),
    "cycle": Mode("the key to the next page leads to the same page", (INDEX,), {}),
    "robots_line": Mode("a block by robots.txt told as a line of a 200", (INDEX,), {}),
    "outage": Mode("503 with the text of a Java exception", (INDEX,), {"text": "java.io.IOException: no index"}),
    "both_encodings": Mode("Content-Encoding twice, once empty, once gzip", (REPLAY,), {}),
}
"""Every mode by its name."""


@dataclass(kw_only=True)
class Script:
    """One mode for the URLs that match ``pattern`` (shell wildcards) at one endpoint; times: None is for ever."""

    pattern: str
    mode: str
    at: str
    options: dict[str, Any]
    times: int | None = None


class Scripts:
    """What is scripted. For a request, the first script of each mode that matches and is not used up applies."""

    def __init__(self) -> None:
        self._scripts: list[Script] = []

    def add(self, pattern: str, mode: str, *, at: str | None = None, times: int | None = None, **options: Any) -> None:
        """Script the URLs that match. Raises ValueError for a mode, an endpoint or an option that there is not."""
        known = MODES.get(mode)
        if known is None or (at is not None and at not in known.at) or set(options) - set(known.options):
            raise ValueError(f"No such script: {mode} at {at} with {sorted(options)}.")
        script = Script(
            pattern=pattern, mode=mode, at=at or known.at[0], options={**known.options, **options}, times=times
        )
        self._scripts.append(script)

    def take(self, url: str, at: str) -> Effects:
        """Return what applies to a request about ``url`` at an endpoint, counted."""
        effects: dict[str, Mapping[str, Any]] = {}
        for script in self._scripts:
            if script.at != at or script.times == 0 or script.mode in effects or not fnmatchcase(url, script.pattern):
                continue
            if script.times is not None:
                script.times -= 1
            effects[script.mode] = script.options
        return effects

    def clear(self) -> None:
        """Forget every script."""
        self._scripts.clear()


def fault(effects: Effects) -> tuple[Response, bool] | None:
    """Return the answer of a request that fails by HTTP or below, and whether a capture is made; None if it does not."""
    for mode in ("hang", "reset"):
        if mode in effects:
            return Response(raw=b"", end="hang" if mode == "hang" else "reset"), bool(effects[mode]["captured"])
    if "status" not in effects:
        return None
    told = effects["status"]
    status = told["status"]
    body = f"<html><body><h1>{status}</h1></body></html>" if status != 429 else TOO_MANY
    body = told["body"] if told["body"] is not None else body
    headers: Headers = [("Content-Type", "text/html"), *told["headers"]]
    if told["retry_after"] is not None:
        headers.append(("Retry-After", str(told["retry_after"])))
    response = Response(status=status, headers=headers, body=body.encode(), delay=told["after"])
    return response, bool(told["captured"])
