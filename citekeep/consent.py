"""Notices about cookies and consent: told by their words, and cut out of a page by what their makers call them."""

from __future__ import annotations

import copy
import re
from typing import Any

from citekeep.citations import labels

NOTICE_MAX = 6_000  # characters: a longer text is an article, if about cookies
_SHARE = 0.6  # of a text's characters that stand in sentences about consent
_SENTENCE = re.compile(r"[^.!?。！？।؟\n]+")
_BOX_NAMES = re.compile(
    r"onetrust|ot-sdk|didomi|qc-cmp|cmpbox|cmpwrapper|sp_message|usercentrics|cybotcookiebot|cookiebot|iubenda-cs|truste|trustarc|"
    r"cookie-law-info|cky-consent|cmplz|moove_gdpr|cookieconsent|cc-window|tarteaucitron|axeptio|klaro|borlabs|fc-consent|evidon|"
    r"osano-cm|termly|hs-eu-cookie|fucking-eu-cookie|"
    r"(?:cookies?|consent|gdpr|privacy|cmp)[-_]*(?:banner|notice|bar|popup|pop-up|modal|overlay|wall|dialog|message|law|box|layer|prompt|container|wrapper|root)",
    re.IGNORECASE,
)
"""What makers of such notices call them (id or class), and what others do."""


def is_consent_notice(text: str, language: str | None) -> bool:
    """Return whether a text is a notice about cookies or consent and nothing else: most of its sentences are about that."""
    if not text or len(text) > NOTICE_MAX:
        return False
    words = labels.pattern("consent", labels.languages_of(language, text))
    sentences = [sentence for sentence in _SENTENCE.findall(labels.spelling(text)) if sentence.strip()]
    about = sum(len(sentence) for sentence in sentences if words.search(sentence))
    kinds = {found[0].lower() for found in words.finditer(labels.spelling(text))}
    return about >= _SHARE * sum(map(len, sentences)) and len(kinds) >= 2


def without_consent_boxes(tree: Any) -> Any:
    """Return a copy of a page without what shows such notices."""
    tree = copy.deepcopy(tree)
    for element in tree.xpath("//*[@id or @class]"):
        names = f"{element.get('id') or ''} {element.get('class') or ''}"[:500]
        if element.tag not in {"html", "body"} and element.getparent() is not None and _BOX_NAMES.search(names):
            element.drop_tree()
    return tree
