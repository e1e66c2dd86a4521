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
_CAPTCHA_LITTLE = 500  # characters around one
_CAPTCHA_SOURCE = 40_000  # characters in which one is looked for
_CAPTCHA = re.compile(
    r"<(?:input|form|iframe|canvas|img)\b[^<>]{0,300}?\b(?:src|name|id|class|action|placeholder|alt)\s*=\s*[\"']?"
    r"[^\"'<>]{0,120}?(?:captcha|verify_?code|vcode|checkcode|验证码|驗證碼|капч)"
)
_CAPTCHA_URL = re.compile(
    r"captcha|/sorry/|anti-?(?:spider|bot|robot|ddos)|(?:bot|robot|human|browser)[_-]?(?:check|verif|test|detect)|not-?a-?robot|"
    r"/challenge(?:[/?.]|$)|unusual[_-]?traffic|ddos[_-]?(?:protect|guard|check)"
)
_WAITING = 400  # characters: a page that says no more than that it checks the browser
_YOUTUBE = re.compile(r"https?://(?:www\.|m\.)?youtube\.com/(?:watch|shorts)")


def _status_999(page: Page) -> Match | None:
    return Match(matched="999", where="status", facts={"vendor": "LinkedIn"}) if page.status == 999 else None


def _little_text(page: Page) -> Match | None:
    return None if page.is_story else find_marker(page, "wall_little_text")


def _no_text(page: Page) -> Match | None:
    """A sensor or a captcha and nothing to read; a log-in form with a captcha is a log-in form."""
    form = page.markup.passwords or page.markup.fields >= _FORM
    return None if form or page.is_story else find_marker(page, "wall_no_text")


def _captcha(page: Page) -> Match | None:
    """A picture, field or frame of a captcha, one field to type it at most, and little else: whoever made it."""
    little = len(page.visible) <= _CAPTCHA_LITTLE and page.markup.fields < _FORM and not page.markup.passwords
    if not little or page.markup.paragraphs or page.is_story or page.has_menus or page.is_of_site:
        return None
    found = _CAPTCHA.search(page.lower[:_CAPTCHA_SOURCE])
    shown = found is not None and found[0].startswith("<img") and not page.markup.fields
    return Match(matched=found[0][-200:], where="markup") if found and not shown else None


def _led_to_captcha(page: Page) -> Match | None:
    """Led to an address that is called a captcha or a check of browsers, which the one asked for was not."""
    if not page.redirected or len(page.visible) > LITTLE or page.is_story or (page.status or 0) in _MISSING:
        return None
    asked, final = page.seen.requested_url.lower(), page.final_url.lower().partition("?")[0]
    found = None if _CAPTCHA_URL.search(asked) else _CAPTCHA_URL.search(final)
    return Match(matched=page.final_url[:200], where="url") if found else None


def _checks_browser(page: Page) -> Match | None:
    """A page that asks to wait, and a script that sets a cookie and loads it again."""
    if len(page.visible) > _WAITING or page.markup.paragraphs or page.markup.fields or page.has_menus or page.is_story:
        return None
    found = find_phrase(page.shown, phrases("wall_waiting"))
    return found if found and _COOKIE.search(page.body) and _AGAIN.search(page.body) else None


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
    Rule("wall_captcha", "bot_wall", _captcha),
    Rule("wall_url", "bot_wall", _led_to_captcha),
    Rule("wall_waiting", "bot_wall", _checks_browser),
    Rule("wall_cookie", "bot_wall", _sets_cookie),
    Rule("wall_youtube", "bot_wall", _youtube),
)
