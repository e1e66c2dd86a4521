"""A first contact with the Wayback Machine: every service that the ledger needs is asked once, for a person to read.

It asks what the ledger asks, with the same functions, in the order in which one answer needs the one before. One
snapshot is made on the way, and is public.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from secrets import token_hex

from citekeep import clock
from citekeep.exceptions import WaybackBlockedError, WaybackError, WaybackKeysError, WaybackThrottledError
from citekeep.wayback import codes, keyless, spn
from citekeep.wayback.client import Client
from citekeep.wayback.keys import WHERE_TO_GET, Keys
from citekeep.wayback.lookup import Capture, look_up
from citekeep.wayback.outcomes import made_of, made_since
from citekeep.wayback.replay import replay
from citekeep.wayback.spn import SavePageNow
from citekeep.wayback.terms import POLL_FIRST

PAGE = "https://example.com/?citekeep-probe="
"""What is saved where a person names nothing: a page that is there for examples (RFC 2606), at an address of its own,
because the few captures a day of each address are soon used up."""

PATIENCE = 180.0  # seconds: a capture takes up to two minutes, and waits for its turn
OK, WAIT, FAILED, SKIPPED = "ok", "wait", "failed", "skipped"


@dataclass(frozen=True)
class Result:
    """What one service answered. outcome: ok; wait (it answers, not yet with what was asked); failed; skipped.

    told: what came back, and what to do about it, in plain words.
    """

    service: str
    outcome: str
    told: str


def unique_page() -> str:
    """Return PAGE at an address that nobody has saved."""
    return PAGE + token_hex(6)


class Probe:
    """keys: None saves the anonymous way. url: what is saved: a public page."""

    def __init__(self, user_agent: str, keys: Keys | None, url: str) -> None:
        self.user_agent = user_agent
        self.keys = keys
        self.url = url
        self.asked_at = clock.now()
        self.capture: Capture | None = None

    async def run(self) -> AsyncIterator[Result]:
        """Yield the results, each as it comes; never raises for what the service answers."""
        async with Client(self.user_agent) as client:
            yield await self._system(client)
            if self.keys is None:
                yield Result("account", SKIPPED, f"No keys: nothing to ask. Get keys at {WHERE_TO_GET}.")
                yield await self._save_without_keys()
            else:
                asker = SavePageNow(client, self.keys)
                account = await self._account(asker)
                yield account
                if account.outcome == FAILED:
                    yield Result("save", SKIPPED, "Not asked: the account did not answer.")
                else:
                    async for result in self._save(asker):
                        yield result
            yield await self._index(client)
            yield await self._replay(client)

    # --- the services, one after the other ---

    async def _system(self, client: Client) -> Result:
        try:
            told = await spn.system(client)
        except WaybackError as error:
            return _failed("system", error)
        if told == "ok":
            return Result("system", OK, "Save Page Now is up.")
        return Result("system", WAIT, f"Save Page Now says: {told} Captures may take hours; the ledger waits for them.")

    async def _account(self, asker: SavePageNow) -> Result:
        try:
            user = await asker.user()
        except WaybackError as error:
            return _failed("account", error)
        if user.daily_captures_limit is None:
            return Result("account", WAIT, "The keys are accepted, but no daily quota was told.")
        used, daily = user.daily_captures or 0, user.daily_captures_limit
        told = f"The keys are accepted. Captures today: {used:,} of {daily:,}. Free sessions: {user.available}."
        if used >= daily:
            return Result("account", WAIT, f"{told} The quota is used up until 00:00 UTC.")
        return Result("account", OK, told)

    async def _save(self, asker: SavePageNow) -> AsyncIterator[Result]:
        self.asked_at = clock.now()
        try:
            answer = await asker.submit(self.url)
        except WaybackError as error:
            yield _failed("save", error)
            return
        if answer.refused:
            yield _refused("save", answer.status_ext, answer.message)
            return
        if answer.job_id is None:
            yield Result("save", WAIT, f"No job was begun: {answer.message or 'the answer says no more'}")
            return
        told = f" {answer.message}" if answer.message else ""
        yield Result("save", OK, f"{self.url} was submitted.{told}")
        yield await self._job(asker, answer.job_id, answer.delay)

    async def _job(self, asker: SavePageNow, job_id: str, delay: float) -> Result:
        if delay > PATIENCE:
            return Result(
                "status", WAIT, f"The capture will start in {delay / 60:.0f} minutes: this does not wait for it."
            )
        end = clock.timestamp() + PATIENCE
        while True:
            await asyncio.sleep(POLL_FIRST)
            try:
                status = await asker.status(job_id)
            except WaybackError as error:
                return _failed("status", error)
            if status.state == "error":
                return _refused("status", status.status_ext, status.message)
            if status.state == "success":
                state, self.capture, reason = made_of(status, self.url, self.asked_at)
                if self.capture is None:
                    return Result("status", WAIT, f"The job ended with {reason}: the ledger would look it up.")
                return Result("status", OK, f"{state}: {self.capture.memento_url} ({reason}).")
            if clock.timestamp() >= end:
                return Result("status", WAIT, f"Not done after {PATIENCE:.0f} seconds; the ledger would ask again.")

    async def _save_without_keys(self) -> Result:
        self.asked_at = clock.now()
        try:
            saved = await keyless.save(self.url, self.user_agent)
        except WaybackError as error:
            return _failed("save", error)
        self.capture = Capture(
            memento_url=saved.memento_url, at=saved.at, original=saved.original, status=None, type="", digest=""
        )
        told = "saved" if saved.ours else "found: an older capture was handed out"
        return Result("save", OK, f"{told}: {saved.memento_url}")

    async def _index(self, client: Client) -> Result:
        try:
            found = await look_up(client, self.url)
        except WaybackError as error:
            return _failed("index", error)
        if found.outcome == "malformed":
            return Result("index", FAILED, f"The index answered with {found.malformed} rows that cannot be read.")
        made = made_since(found.captures, self.asked_at)
        if made is not None:
            self.capture = self.capture or made
            return Result("index", OK, f"The index lists the new capture, of {made.at}.")
        listed = f"lists {len(found.captures)} captures" if found.captures else "lists no capture"
        if self.capture is None:
            return Result("index", OK, f"The index answers, and {listed} of this page.")
        return Result("index", WAIT, f"The index answers, and {listed}: a new one is listed after minutes to hours.")

    async def _replay(self, client: Client) -> Result:
        if self.capture is None:
            return Result("replay", SKIPPED, "Not asked: there is no capture to read back.")
        try:
            shown = await replay(client, self.capture.memento_url)
        except WaybackError as error:
            return _failed("replay", error)
        if shown.missing == "excluded":
            return Result(
                "replay", FAILED, "The archive shows nothing of this host: what is saved there is never seen."
            )
        if shown.missing is not None:
            return Result(
                "replay", WAIT, "It answers, but does not show the new capture yet; the ledger reads it later."
            )
        return Result(
            "replay", OK, f"Read back: captured at {shown.at}, HTTP {shown.status}, {len(shown.body):,} bytes."
        )


WHAT_TO_DO: tuple[tuple[type[WaybackError], str], ...] = (
    (
        WaybackKeysError,
        "Check IA_ACCESS_KEY_ID and IA_SECRET_ACCESS_KEY, or ia.ini; in an overload good keys are refused.",
    ),
    (WaybackThrottledError, "Wait some minutes and probe again: others at your address may be asking, too."),
    (WaybackBlockedError, "Name another page: this one is excluded."),
    (WaybackError, "If archive.org opens in a browser, look at HTTPS_PROXY and SSL_CERT_FILE; else try again later."),
)
"""What to do about an answer that is none, by its class; the first that fits."""


def _failed(service: str, error: WaybackError) -> Result:
    advice = next(advice for kind, advice in WHAT_TO_DO if isinstance(error, kind))
    return Result(service, FAILED, f"{error} {advice}")


def _refused(service: str, status_ext: str | None, message: str | None) -> Result:
    kind = codes.classify(status_ext, message)
    told = f"Refused ({kind.replace('_', ' ')}): {status_ext or 'no code'}: {message or 'no message'}"
    return Result(service, FAILED if kind in {codes.PERMANENT, codes.UNKNOWN} else WAIT, told)
