"""Which pages of somebody's WARCs are articles, as a person says it."""

from __future__ import annotations

import re

from citekeep.exceptions import InputError
from citekeep.sources.listing import wildcard
from citekeep.urls import canonical


def article_pattern(text: str) -> re.Pattern[str]:
    """Return what the canonical URLs of articles match, from a URL with ``*`` for any characters.

    Without a scheme both http and https are meant, as pages moved from one to the other. Raises InputError.
    """
    pattern = text.strip()
    scheme, slashes, rest = pattern.partition("://")
    host, slash, path = (rest if slashes else pattern).partition("/")
    if not slash or not host.strip("*.") or any(character.isspace() for character in pattern):
        raise InputError(f"--articles {text[:200]!r} is no address with a path, such as news.example/2015/* is.")
    if slashes and scheme.lower() not in {"http", "https"}:
        raise InputError(f"--articles {text[:200]!r} begins with neither http:// nor https://.")
    schemes = scheme.lower() if slashes else "https?"
    try:
        address = canonical(f"http://{host.replace(':*', '').replace('*', 'x')}/{path}").partition("://")[2]
    except InputError as error:
        raise InputError(f"--articles {text[:200]!r} is no address: {error}") from error
    there = f"{host.lower()}/{address.partition('/')[2]}"
    return re.compile(f"{schemes}://{wildcard(there)}")
