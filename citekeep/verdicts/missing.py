"""The page is gone though the server says 200: redirects home, soft 404s, errors in words, pages without content."""

from __future__ import annotations

import re

from citekeep.verdicts.led_away import front, home, query_of, section
from citekeep.verdicts.lists import phrases, things_missing, whole
from citekeep.verdicts.marker import LITTLE, find_marker, find_name, find_phrase, is_said_first
from citekeep.verdicts.names import is_part
from citekeep.verdicts.page import Match, Page, Rule
from citekeep.verdicts.texts import weight

_MISSING_URL = re.compile(
    r"(?:^|[/_.=-])(?:404|410|not-?_?found|page-?not-?found|error-?404|404-?error|pagenotfound|file-?not-?found|"
    r"no-?encontrad[ao]|nicht-?gefunden|non-?trouvee?|ne-?naiden[ao]?)(?:[/_.?&-]|$)",
    re.IGNORECASE,
)

_EXCLAMATION = r"(?:(?:oops|sorry|whoops|ooops|uh[- ]oh|error|http|4(?:04|10))\W+)*"
_NUMBERED = r"(?:\W{1,3}(?:error |http )?4(?:04|10))?"
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
_MISSING_CLASSES = frozenset({
    "error404", "error-404", "error_404", "page-404", "page404", "template-404", "page-not-found", "pagenotfound",
    "page_not_found", "cms-noroute-index", "error-not-found", "path-system-404", "status-404", "err404",
    "notfound-page", "not-found-page",
})  # fmt: skip
"""Classes of a page that WordPress, Drupal, Magento, PrestaShop, OpenCart, Shopify and their like give to one that is missing."""
_DIVIDED = re.compile(r"\s*:\s+|\s+[–—-]\s+")
_SUBJECT = 3  # words
_SAYING = 80  # characters of a name that says that something is missing; a headline may be longer
_JUST = 5  # characters of a name before it: an article, an exclamation
_PAUSES = frozenset(",!?.:…|-–—")
_NEARLY = 40  # characters of a sentence before it: an apology
_ERROR = re.compile(
    r"\W*(?:error|errore?|erro|erreur|fehler|hinweis|http|status|ошибка|памылка|помилка|błąd|hata|chyba|hiba|fout|fel|feil|fejl|"
    r"virhe|viga|kļūda|klaida|greška|napaka|eroare|σφάλμα|خطا|خطأ|erreur|kesalahan|lỗi|sorry|oops|\d+)\b"
)
_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_SENTENCES = re.compile(r"[.!?。！？]\s*")
_BRIEF = 600  # characters outside links and menus
_NUMBER = re.compile(r"(?<!\d)4(?:04|10)(?!\d)")
_NUMBER_ALONE = 100  # characters below a name that is a number: more of them is what it is the name of
_NAME_ALONE = 160
_BARE = 2  # words: a name of so few says the same as a number
_SENTENCE = 5  # words: a name of so many is said to the reader
_AGAIN = 400  # characters in which it is said once more
_FEW_CELLS = 6
_EXCLAIMED = 12  # characters
_APOLOGY = 60  # characters: a sentence before the one that says it
_ENTRY = 100  # characters below the heading of an entry
_TOLD = 2  # paragraphs: so much is told of something that is there
_SHELL_TEXT = 250  # characters: a page with less, whose content scripts would bring, is a shell
_LOADING = 60  # characters: more than that is content, whatever is said to those without scripts
_NO_TEXT = 25


def _missing_url(page: Page) -> Match | None:
    if not page.redirected and page.final_path == page.asked_path:
        return None
    found = _MISSING_URL.search(page.final_path) or _MISSING_URL.search(query_of(page.final_url))
    return (
        Match(matched=page.final_url[:200], where="url") if found and not _MISSING_URL.search(page.asked_path) else None
    )


def _missing_markup(page: Page) -> Match | None:
    """The content system says it where its own style sheets look: in the class of the page."""
    found = _MISSING_CLASSES & page.markup.classes
    return Match(matched=min(found), where="markup") if found else find_marker(page, "missing")


def _is_headline(page: Page) -> bool:
    """Whether the first heading goes on about something else: "Page not found: how we lost the archive"."""
    for heading in page.markup.headings[:1]:
        said, _, subject = _DIVIDED.sub("\0", heading.lower(), count=1).partition("\0")
        if len(subject.split()) < _SUBJECT or find_phrase(subject, phrases("missing")):
            continue
        name = whole("missing_name", _EXCLAMATION, _NUMBERED)
        if name.search(said.strip()) or phrases("missing").search(said):
            return not (name.search(subject.strip()) or phrases("missing_briefly").search(subject))
    return False


def _missing_name(page: Page) -> Match | None:
    if (page.reads_like_article and page.markup.paragraphs >= 8) or page.markup.code or _is_headline(page):
        return None
    if page.is_about:
        return None
    found = find_name(page, whole("missing_name", _EXCLAMATION, _NUMBERED))
    if found is None or (page.is_furnished and _is_one_word(found.matched)):
        return None
    if page.is_entry and weight(page.spoken) > _ENTRY and not _is_said_again(page, found.matched, page.spoken):
        return None
    return found if _is_only_named(page, found.matched) else None


def _is_only_named(page: Page, name: str) -> bool:
    """Whether little stands below what a page is called, or what says once more that something is missing: works, entries
    and columns have such names, too."""
    if len(_WORDS.findall(name)) >= _SENTENCE and not _NUMBER.search(name):
        return True
    below = next((text for heading, text in page.markup.beside if name in heading.lower()), None)
    if below is None:
        below = page.markup.beside[0][1] if page.markup.beside else page.markup.spoken
    vague = (_NUMBER.search(name) and len(_WORDS.findall(name)) <= _BARE) or (
        len(name.split()) <= _BARE and name.upper() != name
    )
    return weight(below) <= (_NUMBER_ALONE if vague else _NAME_ALONE) or _is_said_again(page, name, below.lower())


def _is_said_again(page: Page, name: str, below: str) -> bool:
    """Whether the names of a page say in words and in a number that it is missing, or the text below them does in words."""
    sought = whole("missing_name", _EXCLAMATION, _NUMBERED)
    others = (other for other in page.names if other not in name and name not in other)
    if _NUMBER.search(name) and any(not _NUMBER.search(other) and sought.search(other) for other in others):
        return True
    sayings = (phrases("missing"), phrases("missing_briefly"), things_missing())
    said = (find_phrase(below[:_AGAIN], saying) for saying in sayings)
    worded = len(_WORDS.findall(name)) > _BARE  # then the number says it once more
    return any(found is not None and (worded or not _NUMBER.search(found.matched)) for found in said)


def _is_one_word(name: str) -> bool:
    """Whether a name is what an entry of a dictionary is called, in a script that parts its words."""
    return name.isalpha() and name.upper() != name


def _missing_saying(page: Page) -> Match | None:
    if weight(page.spoken) > 2 * LITTLE or page.markup.paragraphs >= 4 or page.markup.code or page.is_story:
        return None
    if _is_headline(page) or page.markup.cells > _FEW_CELLS:
        return None
    found = find_phrase(page.announced, phrases("missing"))
    if found is None:
        return None
    headed = [name for name in page.names if found.matched in name]
    if headed and not _is_only_named(page, min(headed, key=len)):
        return None
    short = not page.is_furnished and weight(page.spoken) <= _BRIEF
    spared = _BRIEF if short else _APOLOGY
    return found if page.markup.paragraphs < _TOLD and is_said_first(page, found.matched, spared) else None


def _missing_briefly(page: Page) -> Match | None:
    return None if _says_more(page) else _told_briefly(page, find_phrase(page.announced, phrases("missing_briefly")))


def _missing_thing(page: Page) -> Match | None:
    """A thing of any kind is missing: what a site calls its pages."""
    if _says_more(page):
        return None
    found = _told_briefly(page, find_phrase(page.announced, things_missing()))
    return found if found and _begins_sentence(page, found.matched) else None


def _begins_sentence(page: Page, said: str) -> bool:
    """Whether a name of the page that is no headline begins with what is said, or else a sentence of its text nearly does."""
    names = [name.partition(said)[0] for name in page.names if said in name and weight(name) <= _SAYING]
    if any(is_part(before) for before in names):
        return False
    if any(len(before) <= _JUST or before.rstrip()[-1:] in _PAUSES for before in names):
        return _is_only_named(page, said)
    before = page.markup.spoken.lower().partition(said)[0]
    in_heading = any(said in heading.lower() for heading in page.markup.headings)
    clause = _SENTENCES.split(before)[-1]
    if in_heading or said not in page.spoken or len(clause) > _NEARLY:
        return False
    explained = page.spoken.partition(said)[2].lstrip()[:1] == ":"  # a term of a list of messages
    return not explained and (":" not in clause or _ERROR.match(clause) is not None)


def _told_briefly(page: Page, found: Match | None) -> Match | None:
    if found is None or not is_said_first(page, found.matched, _EXCLAIMED) or _stands_above(page, found.matched):
        return None
    return found if not _NUMBER.search(found.matched) or _is_only_named(page, found.matched) else None


def _stands_above(page: Page, said: str) -> bool:
    """Whether it is a notice above the first heading of an entry that is still there to be read, as expired offers are."""
    heading, below = next(iter(page.markup.beside), ("", ""))
    name = heading.lower()
    if not page.markup.titled or not name or any(said in other for other in page.names):
        return False
    before, _, after = page.spoken.partition(said)
    if name in before or name not in after or find_name(page, whole("missing_name", _EXCLAMATION, _NUMBERED)):
        return False
    return weight(below) > _ENTRY and find_phrase(below.lower(), phrases("missing_briefly")) is None


def _says_more(page: Page) -> bool:
    if weight(page.spoken) > _BRIEF or page.markup.cells > _FEW_CELLS or page.markup.code or page.is_story:
        return True
    return page.is_feed or _is_headline(page)


def _error_name(page: Page) -> Match | None:
    if _is_content(page):
        return None
    marker = find_marker(page, "server_error")
    if marker or page.is_furnished:  # a site that is out of order has no menus to show
        return marker
    return find_name(page, whole("server_error_name", _EXCLAMATION))


def _error_saying(page: Page) -> Match | None:
    if _is_content(page) or page.is_furnished:
        return None
    return find_phrase(page.announced[:1500], phrases("server_error"))


def _is_content(page: Page) -> bool:
    return len(page.spoken) > LITTLE or page.markup.paragraphs >= 3 or page.markup.cells > _FEW_CELLS or page.is_story


def _shell(page: Page) -> Match | None:
    if len(page.visible) > _SHELL_TEXT or not page.markup.scripts or page.markup.paragraphs:
        return None
    wanted = f"{page.markup.noscript} {page.visible}" if len(page.visible) <= _LOADING else page.visible
    found = phrases("needs_script").search(wanted.lower()) or SHELL_MARKUP.search(page.lower) or None
    if found is None and len(page.visible) > _NO_TEXT:
        return None
    return Match(matched=found[0][:200] if found else "scripts without text", where="markup")


def _nothing_to_read(page: Page) -> Match | None:
    if (
        "<" not in page.body
        or len(page.visible) > _NO_TEXT
        or page.markup.frames
        or page.slug_found
        or page.markup.cells
    ):
        return None
    return Match(matched=page.visible or "no text", where="visible")


MISSING: tuple[Rule, ...] = (
    Rule("led_home", "redirect_to_home", home),
    Rule("missing_url", "soft_404", _missing_url),
    Rule("missing_markup", "soft_404", _missing_markup),
    Rule("missing_name", "soft_404", _missing_name),
    Rule("missing_saying", "soft_404", _missing_saying),
    Rule("led_to_section", "redirect_to_home", section),
    Rule("led_to_front", "redirect_to_home", front),
    Rule("error_name", "server_error", _error_name),
    Rule("error_saying", "server_error", _error_saying),
    Rule("missing_briefly", "soft_404", _missing_briefly),
    Rule("missing_thing", "soft_404", _missing_thing),
)

SHELLS: tuple[Rule, ...] = (
    Rule("shell", "js_shell", _shell),
    Rule("nothing_to_read", "empty", _nothing_to_read),
)
