"""Words looked for in a WARC: in its records as they lie there, and in their bodies without framing and content coding."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from citekeep.content_coding import CodingLimitError, decoded_as_stored
from citekeep.exceptions import ArchiveError
from citekeep.http_message import body_of, parse_head

MAX_BYTES = 512 * 2**20
"""Of one body, decoded: past that it is not looked through, and told."""


@dataclass(frozen=True)
class Trace:
    """A record that holds a word, or one whose body could not be looked through (word: ""). kind: its WARC-Type."""

    word: str
    kind: str
    url: str
    date: str


def search(path: Path, words: Sequence[str], *, limit: int = MAX_BYTES) -> Iterator[Trace]:
    """Yield each record of a WARC with each of the words that stands in it, whatever its case, in the file's order.

    Raises ArchiveError where the file cannot be read.
    """
    wanted = [(word, word.lower().encode()) for word in words]
    try:
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, no_record_parse=True):
                header = record.rec_headers.get_header
                about = (record.rec_type or "", header("WARC-Target-URI") or "", header("WARC-Date") or "")
                raw: bytes = record.raw_stream.read()
                texts = [repr(record.rec_headers.headers).encode().lower(), raw.lower()]
                try:
                    texts.append(_body(raw, limit).lower())
                except CodingLimitError:
                    yield Trace("", *about)
                yield from (Trace(word, *about) for word, folded in wanted if any(folded in text for text in texts))
    except (OSError, ArchiveLoadFailed, EOFError, ValueError, zlib.error) as error:
        raise ArchiveError(f"{path.name} cannot be read to its end: {error}.") from error


def _body(raw: bytes, limit: int) -> bytes:
    head = parse_head(raw)
    return decoded_as_stored(body_of(raw, head), head.headers, limit) if head is not None else b""
