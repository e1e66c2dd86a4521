"""What the rules ask of a text: its words, its digits, how much it says."""

import re

COMMON = {"the", "and", "for", "with", "from", "that", "this", "html", "htm", "php", "index", "www", "news", "article"}
"""Words whose presence says nothing."""
STORY_MARKS = re.compile(
    r"article:published_time|\"(?:reportage)?newsarticle\"|\"blogposting\"|itemprop=[\"']?articlebody|"
    r"og:type[\"']?\s+content=[\"']?(?:article|video|book|profile)|content=[\"']?article[\"']?\s+property=[\"']?og:type"
)
"""What an article says to search engines (Open Graph, schema.org); notices and walls do not."""
_DIGITS = {ord(digit): str(value) for digits in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹") for value, digit in enumerate(digits)}
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
WORD = re.compile(r"[^\W\d_]{2,}|\d{2,}")


def in_digits(text: str) -> str:
    """Return a text with the digits of a 404 as they are in Latin script: Arabic and Persian write others."""
    return text.translate(_DIGITS) if "٤" in text or "۴" in text else text


def weight(text: str) -> int:
    """Return the characters of a text as an alphabet would need them: one of Chinese, Japanese or Korean says more."""
    return len(text) + len(_DENSE.findall(text))


def words_of(text: str) -> set[str]:
    """Return the words (two letters or more) and numbers of a text, lower case."""
    return set(WORD.findall(text.lower()))
