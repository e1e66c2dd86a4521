"""The page is gone though the server says 200: redirects home, soft 404s, errors in words, pages without content."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from citekeep.verdicts.marker import LITTLE, find_name, find_phrase, phrases, whole
from citekeep.verdicts.page import Match, Page, Rule, is_home, path_parts

_VARIANT = re.compile(r"^(?:amp|print|index\.\w+|default\.\w+|mobile|m|full|all|feed|\d{1,2}|page)$", re.IGNORECASE)

_MISSING_URL = re.compile(
    r"(?:^|[/_.=-])(?:404|410|not-?_?found|page-?not-?found|error-?404|404-?error|pagenotfound|file-?not-?found|"
    r"no-?encontrad[ao]|nicht-?gefunden|non-?trouvee?|ne-?naiden[ao]?)(?:[/_.?&-]|$)",
    re.IGNORECASE,
)

_EXCLAMATION = r"(?:(?:oops|sorry|whoops|ooops|uh[- ]oh|error|http)\W+)*"
_SHELL_IDS = (
    "root", "app", "__next", "__nuxt", "react-root", "main-app", "application", "app-root", "svelte", r"ember\w*",
    "gatsby", "___gatsby", "q-app", "vue-app", "mount", "react-app", "content-root", "app-mount", "container",
)  # fmt: skip
SHELL_MARKUP = re.compile(
    rf"<(?:div|main|section|body|app-root|my-app)[^<>]{{0,200}}\bid=[\"']?(?:{'|'.join(_SHELL_IDS)})[\"' >]|"
    r"<app-root|ng-app|data-reactroot|ng-version|__next_data__|window\.__(?:initial|preloaded|nuxt|apollo)|webpackjsonp|"
    r"<flutter"
)
"""What frameworks leave in a page for their scripts to fill."""
_SHELL_TEXT = 250  # characters: a page with less, whose content scripts would bring, is a shell
_NO_TEXT = 25


def query_of(url: str) -> str:
    """Return the query of a URL, "" where it has none or cannot be taken apart."""
    try:
        return urlsplit(url).query
    except ValueError:
        return ""


def _home(page: Page) -> Match | None:
    asked, final = page.seen.requested_url, page.final_url
    if not page.redirected or not is_home(page.final_path) or query_of(final):
        return None
    if is_home(page.asked_path) and not query_of(asked):
        return None
    return Match(matched=final[:200], where="url")


def _section(page: Page) -> Match | None:
    """Led up the path to a section's front, and nothing of the page is there."""
    asked, final = path_parts(page.asked_path), path_parts(page.final_path)
    if not page.redirected or not final or len(asked) <= len(final) or asked[: len(final)] != final:
        return None
    if (
        len(final) > 2
        or all(_VARIANT.match(part) for part in asked[len(final) :])
        or any(c.isdigit() for c in final[-1])
    ):
        return None
    return None if page.slug_found else Match(matched=page.final_url[:200], where="url")


def _missing_url(page: Page) -> Match | None:
    if not page.redirected and page.final_path == page.asked_path:
        return None
    found = _MISSING_URL.search(page.final_path) or _MISSING_URL.search(query_of(page.final_url))
    return (
        Match(matched=page.final_url[:200], where="url") if found and not _MISSING_URL.search(page.asked_path) else None
    )


def _missing_name(page: Page) -> Match | None:
    if page.reads_like_article and page.markup.paragraphs >= 8:
        return None
    return find_name(page, whole("missing_name", _EXCLAMATION))


def _missing_saying(page: Page) -> Match | None:
    if len(page.visible) > 2 * LITTLE or page.markup.paragraphs >= 4 or page.is_story:
        return None
    return find_phrase(page.announced, phrases("missing"))


def _error_saying(page: Page) -> Match | None:
    if len(page.visible) > LITTLE or page.markup.paragraphs >= 3 or page.is_story:
        return None
    return find_phrase(page.announced[:1500], phrases("server_error"))


def _shell(page: Page) -> Match | None:
    if len(page.visible) > _SHELL_TEXT or not page.markup.scripts or page.markup.paragraphs:
        return None
    found = (
        phrases("needs_script").search(f"{page.markup.noscript} {page.visible}".lower())
        or SHELL_MARKUP.search(page.lower)
        or None
    )
    if found is None and len(page.visible) > _NO_TEXT:
        return None
    return Match(matched=found[0][:200] if found else "scripts without text", where="markup")


def _nothing_to_read(page: Page) -> Match | None:
    if "<" not in page.body or len(page.visible) > _NO_TEXT or page.markup.frames or page.slug_found:
        return None
    return Match(matched=page.visible or "no text", where="visible")


MISSING: tuple[Rule, ...] = (
    Rule("missing_url", "soft_404", _missing_url),
    Rule("led_home", "redirect_to_home", _home),
    Rule("missing_name", "soft_404", _missing_name),
    Rule("missing_saying", "soft_404", _missing_saying),
    Rule("led_to_section", "redirect_to_home", _section),
    Rule("error_saying", "server_error", _error_saying),
)

SHELLS: tuple[Rule, ...] = (
    Rule("shell", "js_shell", _shell),
    Rule("nothing_to_read", "empty", _nothing_to_read),
)
