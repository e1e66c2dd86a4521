"""Bytes as text: by mark, by what they are, by what is declared of them, else by likeness. Total: any bytes give a text."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_.:-]{2,40})", re.IGNORECASE)
_CONTENT_CHARSET = re.compile(r"charset\s*=\s*[\"']?([a-zA-Z0-9_.:-]{2,40})", re.IGNORECASE)
_NOT_BELIEVED = frozenset({"utf-8", "ascii", "utf-7", "idna", "punycode", "unicode-escape", "raw-unicode-escape"})
"""UTF-8 has been tried by then; the others are no charsets of pages."""
_WESTERN = frozenset(
    {"iso-8859-1", "iso8859-1", "latin1", "latin-1", "windows-1252", "cp1252", "us-ascii", "iso-8859-15"}
)
_LANG = re.compile(rb"<html[^>]{0,300}?\blang\s*=\s*[\"']?([a-zA-Z]{2}(?:-[a-zA-Z]{2,4})?)\b", re.IGNORECASE)
_CENTRAL, _CYRILLIC = ("windows-1250", "iso8859-2"), ("windows-1251", "koi8-u", "cp866", "iso8859-5")
_CHARSETS_OF = (
    dict.fromkeys(("pl", "cs", "sk", "hu", "ro", "sl", "hr", "bs"), _CENTRAL)
    | dict.fromkeys(("ru", "uk", "be", "bg", "mk"), _CYRILLIC)
    | {
        "ja": ("shift_jis", "cp932", "euc_jp"), "ko": ("cp949",), "zh": ("gb18030", "big5hkscs"),
        "zh-tw": ("big5hkscs", "gb18030"), "zh-hk": ("big5hkscs", "gb18030"), "th": ("cp874",),
        "el": ("windows-1253", "iso8859-7"),
               "he": ("windows-1255", "iso8859-8"), "ar": ("windows-1256", "iso8859-6"), "fa": ("windows-1256",),
        "tr": ("windows-1254",), "lt": ("windows-1257",), "lv": ("windows-1257",), "et": ("windows-1257",),
        "vi": ("windows-1258",),
    }
)  # fmt: skip
"""By ISO 639-1, what pages were written in before UTF-8: the HTML standard's default encodings by locale, and their rivals."""
_SHIFTED = re.compile(rb"\x1b\$[@B]")  # ISO-2022-JP: all of it is ASCII, to who does not know
_NULLS = 0.3
_MIXED = re.compile(r"[A-Za-z][Ѐ-ӿͰ-Ͽ֐-׿؀-ۿ฀-๿]|[Ѐ-ӿͰ-Ͽ֐-׿؀-ۿ฀-๿][A-Za-z]")
"""Within a word of two alphabets, one of them Latin: "Mьhle"."""
_NO_TEXT = re.compile(r"[\x80-\x9f\ufffd\ue000-\uf8ff]")
_SYMBOL_IN_WORD = re.compile(r"[^\W\d_][¡-©¬®-¶¸¹¼-¿─-▟]+(?=[^\W\d_])")
"""Where letters of another charset have become signs: "®а®¤", "M±dry"."""
_GUESSED = (
    "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "iso8859_2",
    "iso8859_3", "iso8859_4", "iso8859_5", "iso8859_6", "iso8859_7", "iso8859_8", "iso8859_13", "koi8_r", "koi8_u", "cp866",
    "cp874", "gb18030", "big5hkscs", "euc_jp", "shift_jis", "cp932", "euc_kr", "cp949",
)  # fmt: skip
"""The encoding standard's, as browsers guess them: those of old Macintoshes and of Kazakh are read where they are declared.
A short text of Russian or Ukrainian in windows-1251 reads as one of theirs, but for some letters."""
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def is_utf8(head: bytes) -> bool:
    """Return whether the beginning of a body, cut anywhere, is UTF-8."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # its last character may be cut
    except UnicodeDecodeError:
        return False
    return True


def is_utf16(head: bytes) -> bool:
    """Return whether the beginning of a body is markup in UTF-16, with its mark or without."""
    return head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _wide(head) is not None


def decode(body: bytes, content_type: str | None) -> str:
    """Return a body as text: by its byte order mark, as UTF-8 where it is that, as declared, else as detected.

    A declared charset that does not fit its bytes (windows-1251 declared as UTF-8, or the other way round) is not
    believed. That of Western Europe, which servers declare unasked, gives way to those of the page's own language.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body.decode(name, errors="replace").lstrip("\ufeff")
    if _SHIFTED.search(body[:200_000]) and (text := _strictly(body, "iso2022_jp")):
        return text
    if wide := _wide(body):
        return body.decode(wide, errors="replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        mostly_utf8 = error.start > 4_096 and body.decode("utf-8", errors="replace").count("\ufffd") < 20
    if mostly_utf8:
        return body.decode("utf-8", errors="replace")
    declared = [(name, text) for name in _declared(body, content_type) if (text := _decoded(body, name)) is not None]
    of_others = next((text for name, text in declared if name not in _WESTERN), None)
    text = of_others or _in_its_language(body) or next((text for _, text in declared), None)
    if text is not None:
        return text
    best = from_bytes(body[:200_000], cp_isolation=list(_GUESSED)).best()
    return body.decode(best.encoding if best is not None else "windows-1252", errors="replace")


def _wide(body: bytes) -> str | None:
    """Return the name of UTF-16 without its mark: every other byte of markup is null there, of either order."""
    head = body[:2_000]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if len(head) < 8 or even + odd < _NULLS * len(head) / 2:
        return None
    return "utf-16-le" if even * 10 < odd else "utf-16-be" if odd * 10 < even else None


def _in_its_language(body: bytes) -> str | None:
    """Return a body as text by the charsets of the language that the page declares, None where none of them fits."""
    lang = _LANG.search(body[:4_096])
    code = lang[1].decode("ascii").lower() if lang else ""
    for name in _CHARSETS_OF.get(code) or _CHARSETS_OF.get(code[:2], ()):
        text = _strictly(body, name)
        if text is not None and _plausible(text):
            return text
    return None


def _strictly(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name)
    except UnicodeDecodeError:
        return None


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
    """Return whether a text reads like one: few controls, replacement and private characters, no mess in its words.

    Western letters with accents do not follow one another: where they mostly do, it is another alphabet misread.
    """
    sample = text[:100_000]
    bad = len(_NO_TEXT.findall(sample)) + len(_SYMBOL_IN_WORD.findall(sample)) / 2
    lower, upper = len(re.findall(r"[а-яёі]", sample)), len(re.findall(r"[А-ЯЁІ]", sample))
    mess = len(re.findall(r"[а-яёі][А-ЯЁІ]", sample))
    if mess > max(20, (lower + upper) / 20) or upper > max(200, 2 * lower):
        return False
    accented = len(re.findall(r"[À-ÿ]", sample))
    in_a_row = sum(len(run) for run in re.findall(r"[À-ÿ]{4,}", sample))
    foreign = len(re.findall(r"[Ѐ-ӿͰ-Ͽ֐-׿؀-ۿ฀-๿]+", sample))
    mixed = len(_MIXED.findall(sample))
    return bad <= len(sample) / 500 and in_a_row <= max(8, accented / 2) and mixed <= max(5, foreign / 5)
