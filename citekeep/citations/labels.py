"""Words by which pages mark what is no citation, and references their dates (labels.toml): a pattern for kind and language."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

_END = r"\s*(?:[:：»›>→►|]|[-–—](?:\s|$)|$)"
"""What stands after a label: it is no label in the middle of a sentence."""
_FORMS = {
    "related": rf"^\W*(?:%s)(?:\s[\w ’]{{1,30}}(?=:))?{_END}",
    "promo_opening": r"^\W*(?:%s)",
    "promo": r"(?:%s)",
    "byline": r"^\W*(?:%s)(?:\s*[:：|／/]|\s)",
    "tags": r"^\W*(?:%s)\s*(?:[:：|]|$)",
    "meta": r"(?:^|[-–—|·•/])\s*(?:%s)\s*[:：]",
    "consent": r"(?:%s)",
    "accessed": r"(?:%s)(?![^\W\d_])\s*[:：,]?\s*",
    "accessed_after": r"(?:%s)",
    "archived": r"^\W*(?:%s)(?!\w)",
}
_WORDS_OF = {"meta": "tags"}  # date, author and tags in one line, divided by bars or dashes
_SEARCHED = frozenset(["promo", "consent", "accessed"])
_UNSPACED = frozenset(["zh", "ja", "th", "ko"])  # a word has no boundary there (Korean: particles are attached)
_APOSTROPHES = str.maketrans("'ʼ`´‘", "’’’’’")
_SCRIPTS = (
    ("cyrillic", re.compile(r"[\u0400-\u04ff]"), ("ru", "uk", "be", "bg", "sr", "mk", "kk")),
    ("arabic", re.compile(r"[\u0600-\u06ff]"), ("ar", "fa", "ur")),
    ("greek", re.compile(r"[\u0370-\u03ff]"), ("el",)),
    ("hebrew", re.compile(r"[\u0590-\u05ff]"), ("he",)),
    ("devanagari", re.compile(r"[\u0900-\u097f]"), ("hi", "mr", "ne")),
    ("bengali", re.compile(r"[\u0980-\u09ff]"), ("bn",)),
    ("tamil", re.compile(r"[\u0b80-\u0bff]"), ("ta",)),
    ("telugu", re.compile(r"[\u0c00-\u0c7f]"), ("te",)),
    ("thai", re.compile(r"[\u0e00-\u0e7f]"), ("th",)),
    ("georgian", re.compile(r"[\u10a0-\u10ff]"), ("ka",)),
    ("armenian", re.compile(r"[\u0530-\u058f]"), ("hy",)),
    ("korean", re.compile(r"[\uac00-\ud7af]"), ("ko",)),
    ("han", re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]"), ("zh", "ja")),
)
_SPELLED_OTHERWISE = {"nb": "no", "nn": "no", "hr": "sr", "bs": "sr", "sh": "sr", "iw": "he", "in": "id", "cn": "zh"}
_BEGINNING = 300  # characters in which a label stands that offers another story
_SAMPLE = 4_000  # characters of a text by which its script is told
_SHARE = 0.15  # of its characters


@cache
def languages() -> frozenset[str]:
    """Return the languages that have labels."""
    return frozenset(_read()["related"])


@cache
def _read() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(Path(__file__).with_name("labels.toml").read_text(encoding="utf-8"))


def spelling(text: str) -> str:
    """Return a text as the patterns expect it: one apostrophe for all."""
    return text.translate(_APOSTROPHES)


def languages_of(declared: str | None, text: str) -> frozenset[str]:
    """Return the languages whose labels may stand on a page: English, what it declares, those of its script.

    A page in Latin letters that declares nothing may be in any; what is declared is not believed against the script.
    """
    sample = text[:_SAMPLE]
    code = _SPELLED_OTHERWISE.get(declared or "", declared or "")
    for _, letters, of_script in _SCRIPTS:
        if len(letters.findall(sample)) > _SHARE * len(sample):
            return frozenset({"en", *of_script} | ({code} if code in languages() else set()))
    return frozenset({"en", code}) if code in languages() else languages()


@cache
def pattern(kind: str, of: frozenset[str]) -> re.Pattern[str]:
    """Return one expression for the labels of a kind in some languages; text goes through ``spelling`` first."""
    words = _read()[_WORDS_OF.get(kind, kind)]
    spaced = "|".join(one for code in sorted(of) if code not in _UNSPACED for one in words.get(code, ()))
    unspaced = "|".join(one for code in sorted(of) if code in _UNSPACED for one in words.get(code, ()))
    if spaced and kind in _SEARCHED:
        spaced = rf"(?<!\w)(?:{spaced})"
    every = "|".join(part for part in (spaced, unspaced) if part)
    return re.compile(_FORMS[kind] % every if every else r"(?!)", re.IGNORECASE)


def offers(text: str) -> bool:
    """Return whether a text begins as one that offers another story, in any language."""
    return pattern("related", languages()).match(spelling(text[:_BEGINNING])) is not None
