"""Telling the archivist: a webhook and a command of their own choice get each alarm once, and once that it is over.

What goes wrong with them is a sentence, never an error: no run fails for it, and what was not told is told the next time.
A webhook's URL may hold a secret: no sentence has it, nor any part of it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shlex
import signal
import sqlite3
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from citekeep import __version__, clock
from citekeep.exceptions import SettingsError
from citekeep.health.alarms import Alarm, select, standing

logger = logging.getLogger(__name__)

ANSWER_MAX = 64 * 2**10  # bytes of a webhook's answer that are read
OUTPUT_MAX = 16 * 2**10  # bytes of a command's output that go into the log
ALARMS_MAX = 100  # in one message; the rest follow with the next
SENTENCE_MAX = 2_000  # characters
BLOCK = 2**13


@dataclass(frozen=True, kw_only=True)
class Hooks:
    """webhook: a URL, "" for none. command: its words, empty for none. timeout: seconds for either, all of it."""

    webhook: str = field(default="", repr=False)
    command: Sequence[str] = ()
    timeout: float = 20.0

    @classmethod
    def of(cls, settings: Any) -> Hooks:
        """Return what settings (as Scrapy's) name. Raises SettingsError without quoting the URL."""
        url = str(settings.get("ALARM_WEBHOOK") or "").strip()
        command = settings.get("ALARM_COMMAND") or ""
        try:
            words = shlex.split(command) if isinstance(command, str) else [str(word) for word in command]
        except ValueError as error:
            raise SettingsError(f"ALARM_COMMAND cannot be split into words: {error}.") from None
        if url and not _is_url(url):
            raise SettingsError("ALARM_WEBHOOK is no http or https URL.")
        return cls(webhook=url, command=tuple(words), timeout=settings.getfloat("ALARM_TIMEOUT"))

    def __bool__(self) -> bool:
        return bool(self.webhook or self.command)


def _is_url(url: str) -> bool:
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError):
        return False
    return parsed.scheme in {"http", "https"} and bool(parsed.host)


def untold(connection: sqlite3.Connection) -> tuple[list[Alarm], list[Alarm]]:
    """Return alarms that stand and were not told, and those that were told and are over, which was not told."""
    raised = select(connection, "told_at IS NULL AND cleared_at IS NULL")
    cleared = select(connection, "cleared_at IS NOT NULL AND end_told_at IS NULL AND told_at IS NOT NULL")
    return raised[:ALARMS_MAX], cleared[:ALARMS_MAX]


def message(raised: Sequence[Alarm], cleared: Sequence[Alarm], all_standing: Sequence[Alarm]) -> dict[str, Any]:
    """Return what is told, as JSON values. Times are UTC."""
    return {
        "from": f"Citekeep {__version__}",
        "at": clock.now(),
        "text": "\n".join([_line("ALARM", one) for one in raised] + [_line("OVER", one) for one in cleared]),
        "raised": [_as_told(one) for one in raised],
        "cleared": [_as_told(one) for one in cleared],
        "standing": [_as_told(one) for one in all_standing[:ALARMS_MAX]],
    }


def _as_told(alarm: Alarm) -> dict[str, Any]:
    return alarm.as_json() | {"sentence": alarm.sentence[:SENTENCE_MAX]}


def _line(word: str, alarm: Alarm) -> str:
    return f"{word} {alarm.name}: {alarm.sentence[:SENTENCE_MAX]}"


def tell(connection: sqlite3.Connection, hooks: Hooks) -> list[str]:
    """Tell what was not told yet, and return a sentence for each hook that failed.

    What either of two hooks was told counts as told: else the one that works would be told again and again.
    """
    raised, cleared = untold(connection)
    if not hooks or not (raised or cleared):
        return []
    body = message(raised, cleared, standing(connection))
    failed = []
    told = False
    for is_set, send in ((hooks.webhook, _post), (hooks.command, _run)):
        if is_set:
            why = send(hooks, body)
            told = told or why is None
            failed += [why] if why is not None else []
    if told:
        connection.executemany(
            "UPDATE alarms SET told_at = ? WHERE id = ?", [(clock.now(), one.alarm_id) for one in raised]
        )
        connection.executemany(
            "UPDATE alarms SET end_told_at = ? WHERE id = ?", [(clock.now(), one.alarm_id) for one in cleared]
        )
    return failed


# --- the webhook ---


def _post(hooks: Hooks, body: dict[str, Any]) -> str | None:
    """Return None where the message was taken, else a sentence."""
    try:
        with _no_url_logged():
            status = asyncio.run(_exchange(hooks, body))
    except TimeoutError:
        return f"ALARM_WEBHOOK gave no answer within {hooks.timeout:g} s; it is told again after the next run."
    except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL, OSError, ValueError) as error:
        # The text of an error may quote the URL: its class says enough.
        return f"ALARM_WEBHOOK could not be told ({type(error).__name__}); it is told again after the next run."
    if not 200 <= status < 300:
        return f"ALARM_WEBHOOK answered {status}; it is told again after the next run."
    return None


@contextmanager
def _no_url_logged() -> Iterator[None]:
    """Have the client's own loggers, which write down each URL that is asked, say nothing meanwhile."""
    loggers = [logging.getLogger(name) for name in ("httpx2", "httpcore2", "asyncio")]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for one, level in zip(loggers, levels, strict=True):
            one.setLevel(level)


async def _exchange(hooks: Hooks, body: dict[str, Any]) -> int:
    async with (
        asyncio.timeout(hooks.timeout),
        httpx2.AsyncClient(
            verify=ssl.create_default_context(), follow_redirects=False, timeout=hooks.timeout, trust_env=True
        ) as client,
        client.stream(
            "POST", hooks.webhook, content=json.dumps(body, ensure_ascii=False).encode(),
            headers={"Content-Type": "application/json", "User-Agent": f"Citekeep/{__version__}"},
        ) as response,
    ):  # fmt: skip
        size = 0
        async for part in response.aiter_raw():
            size += len(part)
            if size > ANSWER_MAX:
                break
        return int(response.status_code)


# --- the command ---


def _run(hooks: Hooks, body: dict[str, Any]) -> str | None:
    """Return None where the command ended with 0, else a sentence. Its output goes into the log, as far as OUTPUT_MAX."""
    name = os.path.basename(hooks.command[0])
    with tempfile.TemporaryFile() as given:
        given.write(json.dumps(body, ensure_ascii=False).encode())
        given.seek(0)
        try:
            process = subprocess.Popen(
                list(hooks.command),
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            return f"ALARM_COMMAND ({name}) could not be started: {why}."
        output, ended = _output(process, hooks.timeout)
    if output:
        logger.info("ALARM_COMMAND says: %s", output.decode("utf-8", errors="replace").strip())
    if not ended:
        return f"ALARM_COMMAND ({name}) did not end within {hooks.timeout:g} s and was killed."
    if process.returncode:
        return f"ALARM_COMMAND ({name}) ended with {process.returncode}; it is called again after the next run."
    return None


def _output(process: subprocess.Popen[bytes], timeout: float) -> tuple[bytes, bool]:
    """Return the first OUTPUT_MAX bytes that a command said, and whether it ended in time: else it is killed with all
    that it started. What it leaves running when it ends by itself (a mailer at work) is left alone.
    """
    kept = bytearray()
    assert process.stdout is not None
    stream: Any = process.stdout

    def read() -> None:
        while part := stream.read1(BLOCK):
            kept.extend(part[: OUTPUT_MAX - len(kept)])

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        process.wait(timeout)
        ended = True
    except subprocess.TimeoutExpired:
        ended = False
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    reader.join(1.0)
    if not reader.is_alive():
        stream.close()
    return bytes(kept), ended
