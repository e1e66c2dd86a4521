"""What the rules ask of URLs: paths, front pages, whether two are the same page or of one site. Nothing raises."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote, urljoin, urlsplit

from citekeep import urls
from citekeep.exceptions import InputError

_LANGUAGE = re.compile(r"^[a-z]{2}(?:[-_][a-z]{2})?$", re.IGNORECASE)
_INDEX = re.compile(
    r"^(?:index|default|home|homepage|home-page|main|mainpage|main[-_]page|start|startseite|startpage|startsida|startside|"
    r"accueil|acceuil|inicio|portada|principal|inicial|pagina-?inicial|pagina-?principal|inici|hasiera|welcome|front|frontpage|"
    r"glavnaya|glavnaja|golovna|holovna|naslovna|naslovnica|pocetna|hlavni-?stranka|hlavna-?stranka|uvod|domu|domov|"
    r"strona-?glowna|fooldal|kezdolap|kezdooldal|acasa|nachalo|anasayfa|ana-sayfa|etusivu|forside|hjem|avaleht|esileht|"
    r"sakums|sakumlapa|pradzia|pagrindinis|titulinis|kryefaqja|ballina|beranda|halaman-utama|laman-utama|trang-chu|"
    r"bosh-sahifa|bas-bet|ana-sehife|главная|головна|начало|首页|首頁|홈|ホーム)(?:\.\w{2,5})?$",
    re.IGNORECASE,
)
"""Names that sites give to their front page in its address, in their languages."""
PLAIN_PATH = re.compile(r"(?:/[\w~-][\w.~-]*)+/?", re.ASCII)
"""A reference that stands for itself, without dots to resolve, a query or a host."""
_BEFORE_SITE = re.compile(r"^(?:www\d?|m|mobile|amp)\.")


def path_of(url: str) -> str:
    """Return the path of a URL, "/" where it has none or cannot be taken apart."""
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        return "/"


def site_of(url: str) -> str:
    """Return the host of a URL without what sites put before their name (www, m, amp); "" where it has none."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return _BEFORE_SITE.sub("", host)


def netloc_of(url: str) -> str:
    """Return host and port of a URL as they stand there; "" where it has none."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def path_parts(path: str) -> list[str]:
    """Return the segments of a path, without empty ones and names of index pages."""
    return [part for part in path.split("/") if part and not _INDEX.match(unquote(part))]


def is_home(path: str) -> bool:
    """Return whether a path is a site's front page, or that of one of its languages."""
    parts = path_parts(path)
    return not parts or (len(parts) == 1 and bool(_LANGUAGE.match(parts[0])))


def bare(url: str) -> str:
    """Return a URL without what seldom tells pages apart: scheme, "www.", the last slash, letter case."""
    try:
        key = urls.canonical(url)
    except InputError:
        return url
    return key.partition("://")[2].removeprefix("www.").rstrip("/").lower()


def resolve(base: str, reference: str) -> str:
    """Return a reference resolved against a URL; the reference itself where that cannot be done."""
    try:
        return urljoin(base, reference.strip())
    except ValueError:
        return reference


def of_same_site(final_url: str, references: Iterable[str], *, most: int) -> set[str]:
    """Return up to ``most`` addresses (host, path and query) of the same site that references lead to, its root and the page
    itself left out.
    """
    here, netloc, itself = site_of(final_url), netloc_of(final_url), path_of(final_url)
    own: set[str] = set()
    for reference in references:
        if len(own) >= most:
            break
        if not reference or reference.startswith(("#", "javascript:")):
            continue
        if here and PLAIN_PATH.fullmatch(reference):  # most are, and urljoin takes its time
            if not is_home(reference) and reference != itself:
                own.add(netloc + reference)
            continue
        there = resolve(final_url, reference)
        if site_of(there) == here and not is_home(path_of(there)) and path_of(there) != itself:
            own.add(there.partition("://")[2].partition("#")[0])
    return own
