"""What a person asks for: an article's URL, a list of them, or a saved document, read before a crawl begins."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from citekeep import dates
from citekeep.exceptions import InputError
from citekeep.urls import canonical, parse_input, urn_of

LIST_MAX_BYTES = 64 * 2**20
DOCUMENT_MAX_BYTES = 64 * 2**20
_TYPES = {
    ".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html",
    ".xhtml": "html", ".pdf": "pdf", ".docx": "docx", ".epub": "epub",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class AskedArticle:
    """An article to archive.

    url: as the person wrote it, or ``urn:sha256:<hex>`` of a document without one. source: url, list or file.
    body, body_type: the bytes of a saved document and what it is (documents/read.py); None where the web is asked.
    published: when a person says that it was published, as written; citekeep.dates reads it as one day. Or None.
    """

    url: str
    source: str
    body: bytes | None = None
    body_type: str | None = None
    published: str | None = None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """All that a run was asked for.

    bad_lines: (line number, text, why) of a list's lines that could not be used. public: whether it may be said
    elsewhere which links these articles cite: looked up, saved, announced.
    """

    articles: list[AskedArticle] = field(default_factory=list)
    bad_lines: list[tuple[int, str, str]] = field(default_factory=list)
    public: bool = True

    def arguments(self) -> dict[str, str]:
        """Return what was asked for without paths: a URL, or the sha256 of a list's keys; equal for equal input."""
        public = {"publish": str(int(self.public))}
        if len(self.articles) == 1:
            (article,) = self.articles
            dated = {"published": article.published} if article.published else {}
            return {"article": article.url, "source": article.source} | dated | public
        if not self.articles:
            return {}
        digest = hashlib.sha256("\n".join(article.url for article in self.articles).encode("utf-8", "replace"))
        return {"list": digest.hexdigest(), "articles": str(len(self.articles))} | public


def read_input(
    *,
    url: str | None = None,
    urls: str | None = None,
    file: str | None = None,
    publish: str | None = None,
    published: str | None = None,
    stdin: IO[bytes] | None = None,
) -> Asked:
    """Return what the arguments of the article spider ask for; nothing given asks for nothing but what is due.

    url alone names an article on the web; urls a list (a path, or "-" for standard input); file a saved document, for
    which url says where it came from. publish ("1" or "0") overrides what is public: by default all but a file.
    published: the day on which that one article was published, which outranks what its page says.
    Raises InputError, one sentence for a person, where nothing usable was given.
    """
    if urls and (url or file):
        raise InputError("Give either a list (urls=) or one article (url= or file=), not both.")
    published = _day(published)
    if published and not (url or file):
        raise InputError("published= says when one article was published: give it with url= or file=.")
    if file:
        document = replace(_document(Path(file), url), published=published)
        return Asked(articles=[document], public=read_flag(publish, default=False))
    public = read_flag(publish, default=True)
    if urls:
        articles, bad = _list(urls, stdin)
        if not articles:
            raise InputError(f"No usable URL in {_name(urls)}{_first_fault(bad)}")
        return Asked(articles=articles, bad_lines=bad, public=public)
    if url:
        return Asked(articles=[AskedArticle(url=parse_input(url), source="url", published=published)], public=public)
    return Asked(public=public)


def know(arguments: Mapping[str, Any], names: tuple[str, ...], spider: str) -> None:
    """Raise InputError for an argument that a spider does not know."""
    unknown = sorted(set(arguments) - set(names))
    if unknown:
        raise InputError(f"The {spider} spider knows no -a {unknown[0]}=; it knows {', '.join(names)}.")


def named(words: list[str]) -> list[str]:
    """Return the words of a command line without the first "--", behind which none is an option: argparse leaves it there."""
    at = words.index("--") if "--" in words else len(words)
    return words[:at] + words[at + 1 :]


def read_flag(value: str | None, *, default: bool) -> bool:
    """Return what publish= says; anything but "1", "0" and nothing raises InputError."""
    if value is None or value == "":
        return default
    if value in {"1", "0"}:
        return value == "1"
    raise InputError(f"publish={value[:40]} is neither 1 nor 0.")


def _day(value: str | None) -> str | None:
    """Return what published= says; InputError unless it can be read as one day, and only one, of the past."""
    if not value:
        return None
    found = dates.read(value)
    if found is None or found.other is not None:
        raise InputError(f"published={value[:40]} is no day that is past and can be only one; write it as 2022-01-13.")
    return value.strip()[: dates.KEPT]


def _name(path: str) -> str:
    return "standard input" if path == "-" else path


def _first_fault(bad: list[tuple[int, str, str]]) -> str:
    return f": line {bad[0][0]}: {bad[0][2]}" if bad else "."


def _list(path: str, stdin: IO[bytes] | None) -> tuple[list[AskedArticle], list[tuple[int, str, str]]]:
    found, bad = read_list(path, stdin)
    return [AskedArticle(url=url, source="list") for url in found], bad


def read_list(path: str, stdin: IO[bytes] | None = None) -> tuple[list[str], list[tuple[int, str, str]]]:
    """Return the URLs of a list, each once, and (line number, text, why) of the lines that are none.

    path: of a file with one URL a line, or "-" for standard input; empty lines and those that begin with # say nothing.
    """
    raw = _bytes(path, stdin)
    found: dict[str, str] = {}
    bad = []
    for number, line in enumerate(raw.decode("utf-8-sig", errors="replace").splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            url = parse_input(text)
        except InputError as error:
            bad.append((number, text[:200], str(error)))
            continue
        found.setdefault(canonical(url), url)
    return list(found.values()), bad


def _bytes(path: str, stdin: IO[bytes] | None) -> bytes:
    if path != "-":
        return _read(Path(path), LIST_MAX_BYTES)
    raw = (stdin or sys.stdin.buffer).read(LIST_MAX_BYTES + 1)
    if len(raw) > LIST_MAX_BYTES:
        raise InputError(f"Standard input is larger than {LIST_MAX_BYTES >> 20} MiB; split it.")
    return raw


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as stream:
            raw = stream.read(limit + 1)
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}.") from error
    if len(raw) > limit:
        raise InputError(f"{path} is larger than {limit >> 20} MiB.")
    return raw


def _document(path: Path, url: str | None) -> AskedArticle:
    body_type = _TYPES.get(path.suffix.lower())
    if body_type is None:
        raise InputError(f"{path} is none of {', '.join(sorted(_TYPES))}: save the article as one of these.")
    body = _read(path, DOCUMENT_MAX_BYTES)
    if not body.strip():
        raise InputError(f"{path} is empty.")
    return AskedArticle(url=parse_input(url) if url else urn_of(body), source="file", body=body, body_type=body_type)
