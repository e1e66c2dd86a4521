"""What the stand-in does with certain URLs in place of what it would do."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(kw_only=True)
class Script:
    """One fault for the URLs that match ``pattern`` (shell wildcards), for ``times`` submissions (None: for ever).

    status, retry_after: the submission is answered with this HTTP status. refuse: with a refusal of this code, as HTTP
    200. no_job: as if it had just been captured, without a job. hang: no answer, but a capture all the same.
    delay: seconds until the job is begun, and it is said so. seconds: that the job takes. error: the code with which
    the job ends; message: what is said with it. lost: the job is pending for ever. index_lag: seconds until the index
    lists the capture. timestamp: of the capture that an anonymous save is sent to, in place of its own. strip: fields
    that the answer of a successful job lacks.
    """

    pattern: str
    times: int | None = None
    status: int | None = None
    retry_after: str | None = None
    refuse: str | None = None
    no_job: bool = False
    hang: bool = False
    delay: float = 0.0
    seconds: float | None = None
    error: str | None = None
    message: str | None = None
    lost: bool = False
    index_lag: float | None = None
    timestamp: str | None = None
    strip: tuple[str, ...] = ()


class Scripts:
    """The first script that matches a URL and is not used up applies to it."""

    def __init__(self) -> None:
        self._scripts: list[Script] = []

    def add(self, pattern: str, **options: object) -> None:
        """Script a URL; see Script."""
        self._scripts.append(Script(pattern=pattern, **options))  # type: ignore[arg-type]

    def take(self, url: str) -> Script:
        """Return the script for a submission of ``url``, counted; one that does nothing where there is none."""
        for script in self._scripts:
            if fnmatchcase(url, script.pattern) and script.times != 0:
                if script.times is not None:
                    script.times -= 1
                return script
        return Script(pattern=url)
