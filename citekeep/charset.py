"""Bytes as text: by mark, by what they are, by what is declared of them, else by likeness. Total: any bytes give a text."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_.:-]{2,40})", re.IGNORECASE)
_CONTENT_CHARSET = re.compile(r"charset\s*=\s*[\"']?([a-zA-Z0-9_.:-]{2,40})", re.IGNORECASE)
_NOT_BELIEVED = frozenset({"utf-8", "ascii", "utf-7", "idna", "punycode", "unicode-escape", "raw-unicode-escape"})
"""UTF-8 has been tried by then; the others are no charsets of pages."""
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def is_utf8(head: bytes) -> bool:
    """Return whether the beginning of a body, cut anywhere, is UTF-8."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # its last character may be cut
    except UnicodeDecodeError:
        return False
    return True


def decode(body: bytes, content_type: str | None) -> str:
    """Return a body as text: by its byte order mark, as UTF-8 where it is that, as declared, else as detected.

    A declared charset that does not fit its bytes (windows-1251 declared as UTF-8, or the other way round) is not
    believed.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body.decode(name, errors="replace").lstrip("\ufeff")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        mostly_utf8 = error.start > 4_096 and body.decode("utf-8", errors="replace").count("\ufffd") < 20
    if mostly_utf8:
        return body.decode("utf-8", errors="replace")
    for name in _declared(body, content_type):
        text = _decoded(body, name)
        if text is not None:
            return text
    best = from_bytes(body[:200_000]).best()
    return body.decode(best.encoding if best is not None else "windows-1252", errors="replace")


def _declared(body: bytes, content_type: str | None) -> list[str]:
    header = _CONTENT_CHARSET.search(content_type or "")
    meta = _META_CHARSET.search(body[:4_096])
    names = [header[1]] if header else []
    return names + ([meta[1].decode("ascii")] if meta else [])


def _decoded(body: bytes, name: str) -> str | None:
    try:
        codec = codecs.lookup(name)
        if not getattr(codec, "_is_text_encoding", True) or codec.name.replace("_", "-") in _NOT_BELIEVED:
            return None
        if codec.name == "iso8859-1":
            codec = codecs.lookup("windows-1252")  # the URL and HTML standards' reading of latin-1
        text = body.decode(codec.name, errors="replace")
    except (LookupError, UnicodeError, ValueError):
        return None
    return text if _plausible(text) else None


def _plausible(text: str) -> bool:
    """Return whether a text reads like one: few replacement characters, few C1 controls, no case mess in its words.

    Western letters with accents do not follow one another: where they mostly do, it is another alphabet misread.
    """
    sample = text[:100_000]
    bad = sum(sample.count(c) for c in "\ufffd") + len(re.findall(r"[\x80-\x9f]", sample))
    mess = len(re.findall(r"[а-яёі][А-ЯЁІ]", sample))
    cyrillic = len(re.findall(r"[а-яёіА-ЯЁІ]", sample))
    accented = len(re.findall(r"[À-ÿ]", sample))
    in_a_row = sum(len(run) for run in re.findall(r"[À-ÿ]{4,}", sample))
    return bad <= len(sample) / 500 and mess <= max(20, cyrillic / 20) and in_a_row <= max(8, accented / 2)
