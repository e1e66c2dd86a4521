"""Texts of a made-up world: plausible English, the same for the same seed, no two alike."""

from __future__ import annotations

import random

_WHO = (
    "The harbour office", "A committee of engineers", "The regional court", "The mayor's deputy", "A union of ferry crews",
    "The auditors", "A retired surveyor", "The water board", "The school council", "An inspector of bridges",
    "The opposition", "A group of residents", "The treasury", "The museum's director", "The weather service",
)  # fmt: skip
_DID = (
    "published figures on", "rejected the plan for", "demanded an inquiry into", "confirmed the closure of",
    "postponed a decision about", "praised the repair of", "questioned the cost of", "signed a contract for",
    "warned against", "counted the visitors of", "reopened the debate about", "withdrew its complaint about",
)  # fmt: skip
_WHAT = (
    "the northern bridge", "the old tram depot", "a hospital wing", "the flooded archive", "the grain terminal",
    "a school for seamen", "the covered market", "the river ferries", "the ring railway", "a power station",
    "the city library", "the fish auction", "the southern dam", "a quarter of wooden houses", "the botanical garden",
)  # fmt: skip
_WHEN = (
    "on Monday", "after weeks of rain", "despite protests", "for the third time", "before the elections", "in spring",
    "without giving reasons", "to everybody's surprise", "at a public meeting", "by a narrow majority", "last autumn",
)  # fmt: skip


def sentence(draw: random.Random) -> str:
    """Return one sentence with a number in it."""
    return (
        f"{draw.choice(_WHO)} {draw.choice(_DID)} {draw.choice(_WHAT)} {draw.choice(_WHEN)}, and named"
        f" {draw.randrange(11, 9_999)} cases in which nobody had been asked."
    )


def headline(draw: random.Random) -> str:
    """Return a title."""
    return f"{draw.choice(_WHO)} {draw.choice(_DID)} {draw.choice(_WHAT)}"


def paragraph(draw: random.Random, sentences: int = 4) -> str:
    """Return some sentences."""
    return " ".join(sentence(draw) for _ in range(sentences))


CASINO = """Welcome bonus for new players: the best online casino offers two hundred freespins, roulette and blackjack with
live dealers, progressive jackpot slots and a sportsbook with the highest odds. Register today, deposit within minutes and
withdraw winnings instantly. Our betting experts review every bookmaker, compare poker rooms and explain how baccarat is
played, so that beginners can enjoy gambling responsibly on mobile phones and tablets around the clock."""
