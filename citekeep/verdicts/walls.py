"""Bot walls: pages and headers by which a site keeps programs out."""

from __future__ import annotations

import re

from citekeep.verdicts.lists import phrases
from citekeep.verdicts.marker import LITTLE, find_marker, find_phrase
from citekeep.verdicts.page import Match, Page, Rule

_FORM = 2  # fields for text: a form with a captcha, not a captcha
_MISSING = frozenset({404, 410})
_NO_TEXT = 40  # characters
_SMALL = 60_000  # characters of markup
_COOKIE = re.compile(r"document\.cookie\s*=\s*[^\s=]")
_AGAIN = re.compile(r"location\.reload\(|location(?:\.href)?\s*=")
_YOUTUBE = re.compile(r"https?://(?:www\.|m\.)?youtube\.com/(?:watch|shorts)")


def _status_999(page: Page) -> Match | None:
    return Match(matched="999", where="status", facts={"vendor": "LinkedIn"}) if page.status == 999 else None


def _little_text(page: Page) -> Match | None:
    return None if page.is_story else find_marker(page, "wall_little_text")


def _no_text(page: Page) -> Match | None:
    """A sensor or a captcha and nothing to read; a log-in form with a captcha is a log-in form."""
    form = page.markup.passwords or page.markup.fields >= _FORM
    return None if form or page.is_story else find_marker(page, "wall_no_text")


def _sets_cookie(page: Page) -> Match | None:
    """No text, and a script that sets a cookie and loads the page again: it wants to know whether scripts are run."""
    if len(page.visible) > _NO_TEXT or len(page.body) > _SMALL or page.markup.paragraphs:
        return None
    found = _COOKIE.search(page.body)
    return Match(matched=found[0][:200], where="markup") if found and _AGAIN.search(page.body) else None


def _says(page: Page) -> Match | None:
    told_off = (page.status or 0) >= 400
    if len(page.visible) > (2 * LITTLE if told_off else LITTLE) or page.is_story:
        return None
    if not told_off and (page.markup.code or page.is_of_site or page.has_menus):
        return None
    if page.status in _MISSING and page.is_furnished:  # a site's own page for what it has not may joke about robots
        return None
    if not told_off and page.markup.fields >= _FORM:
        return None
    text = "\n".join([*page.names, page.said, page.markup.noscript.lower()[:300]])
    weak = find_phrase(text, phrases("wall_weak")) if told_off or not page.markup.paragraphs else None
    return find_phrase(text, phrases("wall")) or weak


def _youtube(page: Page) -> Match | None:
    """A video page of YouTube without a title of its own holds no video: that is how it answers to programs."""
    told = '"playabilitystatus"' in page.lower  # what the player is told of the video
    if len(page.body) > 2000 or told or not _YOUTUBE.match(page.final_url):
        return None
    return Match(matched=page.title or "no title", where="title", facts={"vendor": "YouTube"})


WALLS: tuple[Rule, ...] = (
    Rule("wall_status", "bot_wall", _status_999),
    Rule("wall_header", "bot_wall", lambda page: find_marker(page, "wall_header")),
    Rule("wall_marker", "bot_wall", lambda page: find_marker(page, "wall_any_size")),
    Rule("wall_marker_little_text", "bot_wall", _little_text),
    Rule("wall_marker_no_text", "bot_wall", _no_text),
    Rule("wall_saying", "bot_wall", _says),
    Rule("wall_cookie", "bot_wall", _sets_cookie),
    Rule("wall_youtube", "bot_wall", _youtube),
)
