"""Pages that want something first: a log-in, a subscription, a consent; and servers that deny access in words."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from citekeep.verdicts.addresses import is_home, site_of
from citekeep.verdicts.lists import phrases, whole
from citekeep.verdicts.marker import LITTLE, find_marker, find_name, find_phrase, is_said_first
from citekeep.verdicts.page import Match, Page, Rule
from citekeep.verdicts.phrases import Phrases
from citekeep.verdicts.platforms import hosts

_LOGIN_PATH = re.compile(
    r"/(?:log-?in|sign-?in|sign-?on|sso|saml2?|oauth2?|openid|authorize|auth|authenticate|authentication|accounts?/login|servicelogin|"
    r"wp-login\.php|user/login|users/sign_in|checkpoint|authwall|connexion|anmelden|anmeldung|einloggen|iniciar-sesion|"
    r"accedi|entrar|logowanie|vhod|vkhod|members?/login|register|registration|subscribe|subscription|abo(?:nnement)?|paywall)"
    r"(?:[/.?;_-]|$)|/(?:\w{0,40}log[io]n|signin|auth)\w*\.\w{2,5}$|returnurl=|return_to=|redirect_uri="
)
_LOGIN_HOST = re.compile(
    r"^(?:login|signin|sso|auth|accounts?|id|idp|passport|weblogin|identity|oauth|secure|members?|subscribe)\."
)
_FORM_URL = re.compile(
    r"log-?[io]n\b|log[io]n(?:form|user)?[/.?&=_-]|sign-?up|signup|regist(?:er|rier|ration)|create[_-]?(?:account|profile)|"
    r"account[/_-]?(?:create|form|new|edit)|_join\b|/join\b|my-?account|(?:^|/)account(?:[/.?]|$)|"
    r"(?:forgot|lost|reset|user|change)[/_-]?passw"
)
_JOIN_URL = re.compile(
    r"sign-?up|regist(?:er|rier|ration)|create[_-]?(?:account|profile|user)|account[/_-]?(?:create|form|new|edit)|[_/]join\b|"
    r"(?:forgot|lost|reset|user|change|recover)[/_-]?passw|new[_-]?user|subscri"
)
_ALONE = 150  # characters before a form to log in, and after it, on a page that is nothing else
_TOLD = 600  # characters that such a page has where they speak of users and passwords
_LINKED = 500  # characters in its links
_FIELDS = 3
_PICTURES = 5
_NOT_FREE = re.compile(r"\"isaccessibleforfree\"\s*:\s*\"?(?:false|no)\b")
_PASSWORD = re.compile(r"\b(?:log ?in|sign in|password)\b")
_SAYING = 700  # characters: a page that says more has something to show
_FEW_CELLS = 6
_EXCLAIMED = 24  # characters before it
_NOT_TO_READ = re.compile(r"\b(?:to|before you can) (?:post|reply|comment|vote|download|answer|leave)\b")
_CONSENT_URL = re.compile(
    r"^(?:consent|guce|privacy-?consent|cmp|choice|my-?privacy)\.|/(?:consent|zustimmung|privacy-?(?:gate|wall)|cookie-?wall)(?:[/?.]|$)"
)


def _asked_for_login(page: Page) -> bool:
    """Whether the form is what was asked for: a page to log in, to register, of one's account."""
    asked = page.seen.requested_url.partition("://")[2].partition("/")[2].lower()
    return bool(_LOGIN_PATH.search(page.asked_path.lower()) or _FORM_URL.search(asked))


def _led_to_login(page: Page) -> Match | None:
    if not page.redirected or _asked_for_login(page):
        return None
    try:
        final = urlsplit(page.final_url)
    except ValueError:
        return None
    where = f"{final.path}{'?' if final.query else ''}{final.query}".lower()
    asks = page.markup.passwords or phrases("login").search(page.announced[:600]) or len(page.visible) < LITTLE
    found = _LOGIN_PATH.search(where) or (_LOGIN_HOST.search(final.hostname or "") if page.markup.passwords else None)
    if not found or not asks or (page.slug_found and page.markup.paragraphs):
        return None
    return Match(matched=page.final_url[:200], where="url")


def _login_form(page: Page) -> Match | None:
    """A password is asked for, and the page says that this is what it is for."""
    if not page.markup.passwords or _asked_for_login(page) or page.slug_found:
        return None
    if page.has_menus:  # among a site's menus stands a form on every page: then it is what this one is called
        if page.reads_like_article or is_home(page.asked_path):
            return None
        return _first_name(page, phrases("login"), every=True, headings=not _is_box(page))
    boxed = _is_box(page)
    name = _first_name(page, phrases("login"), headings=False) if boxed else find_name(page, phrases("login"))
    if name and not page.reads_like_article:
        return name
    if page.keeps_promise and not phrases("login").search(page.markup.description.lower()):
        return None
    said = phrases("login").search(page.spoken[:300]) or _PASSWORD.search(page.spoken[:300])
    if said and len(page.visible) < LITTLE and page.markup.paragraphs < 2:
        return Match(matched=said[0], where="visible")
    if (
        page.redirected
        and not is_home(page.final_path)
        and len(page.visible) < 2 * LITTLE
        and page.markup.paragraphs < 2
    ):
        return Match(matched="a password is asked for after a redirect", where="markup")
    return None


def _is_box(page: Page) -> bool:
    """Whether the form stands at the head or the side of a page that goes on below it: its heading is not the page's name."""
    login = page.markup.login
    return login is not None and (login.headed or login.boxed) and login.after > _TOLD


def _login_alone(page: Page) -> Match | None:
    """One form that asks for a password, and next to nothing else: whatever it is called, in whatever language."""
    login = page.markup.login
    asked = page.seen.requested_url.partition("://")[2].partition("/")[2].lower()
    if login is None or page.markup.fields > _FIELDS or page.markup.code or _JOIN_URL.search(asked):
        return None
    if page.reads_like_article or page.markup.dated or page.markup.conversation or page.reports or page.keeps_promise:
        return None
    wanted = _LOGIN_PATH.search(f"/{asked}") is not None or _FORM_URL.search(asked) is not None
    if site_of(page.seen.requested_url) in hosts() or login.headed or (page.slug_found and not wanted):
        return None
    if page.has_menus and (login.boxed or page.markup.pictures > _PICTURES or is_home(page.asked_path)):
        return None
    if len(page.visible) - len(page.spoken) > _LINKED or page.markup.paragraphs > 2:
        return None
    little = login.before + login.after <= _ALONE
    told = login.before + login.after <= _TOLD and phrases("login_words").search(page.spoken[: 2 * _TOLD])
    if not little and (not told or page.has_menus):
        return None
    return Match(matched="a password is asked for, and hardly anything stands beside that", where="markup")


def _login_said(page: Page) -> Match | None:
    """The page says that it shows nothing without a log-in, in a sentence or in a window of its own, and little else."""
    if len(page.spoken) > _SAYING or page.is_story or page.markup.code or _asked_for_login(page) or page.slug_found:
        return None
    if page.markup.paragraphs > 1 or page.markup.cells > _FEW_CELLS or _NOT_TO_READ.search(page.announced):
        return None
    found = find_phrase(page.announced, phrases("login_required"))
    return found if found and is_said_first(page, found.matched, _EXCLAIMED) else None


def _login_refused(page: Page) -> Match | None:
    """A form to log in, and in so many words that one has not or may not: forums say much more then, of all that may be why."""
    if not page.markup.passwords or page.is_story or page.markup.code or len(page.spoken) > 2 * LITTLE:
        return None
    found = find_phrase(page.announced, phrases("login_refused"))
    return found if found and is_said_first(page, found.matched, 2 * _EXCLAIMED) else None


def _not_free(page: Page) -> Match | None:
    if page.markup.paragraphs >= 4:
        return None
    found = _NOT_FREE.search(page.lower)
    said = phrases("paywall").search(page.visible[:5000])
    if not (found or said):
        return None
    matched = (said or found)[0]  # type: ignore[index]
    return Match(matched=matched[:200], where="visible" if said else "markup")


def _paywall_with_head(page: Page) -> Match | None:
    """Something is to be paid for, and the beginning, or what it is about, is there to be read."""
    lead = page.is_furnished and page.markup.paragraphs and page.markup.headings
    return _not_free(page) if page.slug_found or lead else None


def _paywall(page: Page) -> Match | None:
    return _not_free(page) if len(page.visible) < 2 * LITTLE and page.status != 404 else None


def _consent(page: Page) -> Match | None:
    try:
        final = urlsplit(page.final_url)
    except ValueError:
        return None
    if page.redirected and _CONSENT_URL.search(f"{final.hostname or ''}{final.path}".lower()):
        return Match(matched=page.final_url[:200], where="url")
    if page.is_story or page.slug_found or page.has_menus or len(page.spoken) > 2 * LITTLE:
        return None
    named = None if page.markup.paragraphs >= 4 else _first_name(page, whole("consent_name"))
    return named or find_phrase(page.announced, phrases("consent"))


def _first_name(page: Page, sought: Phrases, *, every: bool = False, headings: bool = True) -> Match | None:
    """Return the first heading, or else the title, where the pattern finds it: a banner is not what a page is called.

    every: the title, too, where there is a heading. headings: whether these count at all."""
    names = [name.strip().lower() for name in (*page.markup.headings[: int(headings)], page.title) if name]
    found = next((name for name in names[: None if every else 1] if sought.search(name)), None)
    return Match(matched=found[:200], where="title") if found else None


def _denied_in_words(page: Page) -> Match | None:
    if len(page.spoken) > LITTLE or page.is_story or (page.is_furnished and page.markup.paragraphs):
        return None
    return (
        (None if page.is_furnished else find_marker(page, "denied"))
        or _denied_name(page)
        or (
            find_phrase(page.announced, phrases("denied"))
            if page.markup.paragraphs < 3 and page.markup.cells <= _FEW_CELLS and not page.slug_found
            else None
        )
    )


def _denied_name(page: Page) -> Match | None:
    """The page is called a refusal; among a site's menus, where articles are, it is called nothing else."""
    if not page.is_furnished:
        return find_name(page, whole("denied_name"))
    first = _first_name(page, whole("denied_name"))
    return first if first and not page.slug_found else None


ACCESS: tuple[Rule, ...] = (
    Rule("consent_asked", "consent_wall", _consent),
    Rule("led_to_login", "paywall_or_login", _led_to_login),
    Rule("login_form", "paywall_or_login", _login_form),
    Rule("login_alone", "paywall_or_login", _login_alone),
    Rule("login_refused", "paywall_or_login", _login_refused),
    Rule("login_said", "paywall_or_login", _login_said),
    Rule("denied_in_words", "access_denied", _denied_in_words),
)
"""For answers of status 200 and those that refuse; an error page with a log-in box is an error page."""

PAYWALLS: tuple[Rule, ...] = (
    Rule("paywall_after_head", "alive_restricted", _paywall_with_head),
    Rule("paywall", "paywall_or_login", _paywall),
)
