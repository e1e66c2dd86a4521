"""Bot walls: pages and headers by which a site keeps programs out."""

from __future__ import annotations

import re

from citekeep.verdicts.marker import LITTLE, find_marker, find_phrase, phrases
from citekeep.verdicts.page import Match, Page, Rule

_YOUTUBE = re.compile(r"https?://(?:www\.|m\.)?youtube\.com/(?:watch|shorts)")


def _status_999(page: Page) -> Match | None:
    return Match(matched="999", where="status", facts={"vendor": "LinkedIn"}) if page.status == 999 else None


def _little_text(page: Page) -> Match | None:
    return None if page.is_story else find_marker(page, "wall_little_text")


def _no_text(page: Page) -> Match | None:
    """A sensor or a captcha and nothing to read; a log-in form with a captcha is a log-in form."""
    return None if page.markup.passwords or page.is_story else find_marker(page, "wall_no_text")


def _says(page: Page) -> Match | None:
    limit = LITTLE if (page.status or 0) < 400 else 2 * LITTLE
    if len(page.visible) > limit or page.is_story:
        return None
    return find_phrase("\n".join([*page.names, page.visible, page.markup.noscript.lower()[:300]]), phrases("wall"))


def _youtube(page: Page) -> Match | None:
    """A video page of YouTube without a title of its own holds no video: that is how it answers to programs."""
    if len(page.body) > 2000 or not _YOUTUBE.match(page.final_url):
        return None
    return Match(matched=page.title or "no title", where="title", facts={"vendor": "YouTube"})


WALLS: tuple[Rule, ...] = (
    Rule("wall_status", "bot_wall", _status_999),
    Rule("wall_header", "bot_wall", lambda page: find_marker(page, "wall_header")),
    Rule("wall_marker", "bot_wall", lambda page: find_marker(page, "wall_any_size")),
    Rule("wall_marker_little_text", "bot_wall", _little_text),
    Rule("wall_marker_no_text", "bot_wall", _no_text),
    Rule("wall_saying", "bot_wall", _says),
    Rule("wall_youtube", "bot_wall", _youtube),
)
