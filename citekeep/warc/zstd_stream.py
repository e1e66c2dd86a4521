"""A .warc.zst as the stream of records that it packs, with the dictionary that it may begin with.

The dictionary is a skippable frame of its own, packed or not (https://iipc.github.io/warc-specifications/specifications/
warc-zstd/).
"""

from __future__ import annotations

import sys
from typing import BinaryIO

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
SKIPPABLE = b"\x5d\x2a\x4d\x18"  # the one of the sixteen that a dictionary is in
_DICTIONARY_MAX = 64 * 2**20  # bytes
ZstdError = zstd.ZstdError


class Unpacked:
    """What a zstd file holds, read on and on. Raises ZstdError or EOFError where it is damaged or cut off."""

    def __init__(self, stream: BinaryIO) -> None:
        stream.seek(0)
        self._file = zstd.ZstdFile(stream, zstd_dict=_dictionary(stream))

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes, b"" at the end."""
        return bytes(self._file.read(size))


def _dictionary(stream: BinaryIO) -> zstd.ZstdDict | None:
    if stream.read(4) != SKIPPABLE:
        stream.seek(0)
        return None
    size = int.from_bytes(stream.read(4), "little")
    if size > _DICTIONARY_MAX:
        raise zstd.ZstdError(f"its dictionary is said to have {size} bytes")
    data = stream.read(size)
    if data.startswith(ZSTD_MAGIC):
        data = zstd.ZstdDecompressor().decompress(data, _DICTIONARY_MAX)
    try:
        return zstd.ZstdDict(data)
    except ValueError as error:
        raise zstd.ZstdError(str(error)) from error
