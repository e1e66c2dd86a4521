"""What is read line by line, and small texts."""

from __future__ import annotations

import io
import re

from citekeep import clock, dates
from citekeep.exceptions import InputError
from citekeep.folding import fold
from citekeep.inputs import read_input
from citekeep.similarity import similarity
from citekeep.urls import is_http
from citekeep.wayback.keys import find_keys
from fuzz.bytes_as import fields, text
from fuzz.scratch import FOLDER


def asked_list(data: bytes) -> None:
    """A list of URLs gives articles and numbered faults, or one sentence."""
    try:
        asked = read_input(urls="-", stdin=io.BytesIO(data))
    except InputError as error:
        assert len(str(error)) < 1_000
        return
    assert asked.articles
    assert all(is_http(article.url) for article in asked.articles)
    assert asked.arguments()


def keys(data: bytes) -> None:
    """An ini file gives keys that can stand in a header, or none."""
    path = FOLDER / "ia.ini"
    path.write_bytes(data)
    found = find_keys({"IA_CONFIG_FILE": str(path)})
    if found is not None:
        assert re.fullmatch(r"LOW [!-~]+:[!-~]+", found.header())
        assert f"{found} {found!r}" == "Keys(hidden) Keys(hidden)"


def date(data: bytes) -> None:
    """A date is one between 1990 and tomorrow, or none; so is that of a URL."""
    for found in (dates.read(text(data), "pl"), (dates.date_in(text(data)) or (None, None))[1]):
        if found is None:
            continue
        assert 1990 <= found.on.year <= 2100
        if found.at is not None:
            clock.parse(found.at)


def words(data: bytes) -> None:
    """Folding is stable, and similarity lies between 0 and 1."""
    one, other = (part.decode("utf-8", "replace") for part in fields(data, 2))
    folded = fold(one)
    assert folded.isprintable() or not one.isprintable()
    alike = similarity(one, other)
    assert alike is None or 0 <= alike <= 1
