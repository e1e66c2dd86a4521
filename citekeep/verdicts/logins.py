"""What stands around the form of a page that asks for a password: a page to log in has next to nothing else.

A box to log in at the head of an article has the article below it; a form that is the page has a name above it, and a line
of its maker below.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

_FORMS = 6  # forms, and fields for passwords, that are looked at
_CLIMB = 5  # elements above a field that no form holds
_FIELD = 200  # characters around such a field that belong to it
_FORM = "\ue000"  # of no script
_ACTION = re.compile(r"log-?[io]n|sign-?(?:in|on|up)|auth|regist|passw|account|session|sso", re.IGNORECASE)
_BOX = re.compile(
    r"(?:^|[\s_-])(?:header|head|top|topbar|side|sidebar|aside|menu|nav|navbar|widget|dropdown|toolbar|userbar|footer)(?:$|[\s_-])"
)
_HEADINGS = ("h1", "h2", "h3")


@dataclass(frozen=True)
class Login:
    """Characters outside links, menus and the forms that log in: before the first such form, and after it.

    headed: a heading stands after it. boxed: it stands in the head or at the side of a page."""

    before: int
    after: int
    headed: bool
    boxed: bool


def around_login(root: Any) -> Login | None:
    """Return what stands around the forms of a page that ask for a password; None where none does. Empties these forms."""
    fields = [e for e in root.iter("input") if (e.get("type") or "").lower() == "password"][:_FORMS]
    if not fields:
        return None
    forms = [_form_of(field) for field in fields]
    forms += [form for form in islice(root.iter("form"), _FORMS) if _ACTION.search(form.get("action") or "")]
    first = forms[0]
    boxed = any(_is_box(element) for element in (first, *first.iterancestors()))
    for form in forms:
        form.clear(keep_tail=True)
        form.text = _FORM
    before, _, after = " ".join(" ".join(root.itertext()).split()).partition(_FORM)
    return Login(len(before.strip()), len(after.replace(_FORM, "").strip()), _is_headed(root, first), boxed)


def _form_of(field: Any) -> Any:
    around = field
    for element in islice(field.iterancestors(), _CLIMB):
        if element.tag == "form":
            return element
        if element.tag in {"body", "html"} or len(" ".join(element.itertext())) > _FIELD:
            break
        around = element
    return next((element for element in field.iterancestors() if element.tag == "form"), around)


def _is_box(element: Any) -> bool:
    if element.tag in {"header", "nav", "aside", "footer"}:
        return True
    return _BOX.search(f"{element.get('class') or ''} {element.get('id') or ''}".lower()) is not None


def _is_headed(root: Any, form: Any) -> bool:
    """Whether a heading with text stands behind a form."""
    seen = False
    for element in root.iter(form.tag, *_HEADINGS):
        if element is form:
            seen = True
        elif seen and element.tag in _HEADINGS and "".join(element.itertext()).strip():
            return True
    return False
