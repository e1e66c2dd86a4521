"""What a card says in sentences: why, since when, how sure, what to do, and a reference to copy.

Nothing here decides anything: standing, verdict and snapshot are those of archive.db.
"""

from __future__ import annotations

from citekeep.cards.card import Card, Passage, Snapshot
from citekeep.passages.compare import REASONS
from citekeep.verdicts.table import BY_NAME

WHERE = {
    "status": "the server answered {0}",
    "title": "the page's title says: {0}",
    "heading": "the page's heading says: {0}",
    "name": "the page calls itself: {0}",
    "opening": "the page begins with: {0}",
    "text": "found in its text: {0}",
    "visible": "the page says: {0}",
    "body": "found in the page: {0}",
    "markup": "found in the page's markup: {0}",
    "header": "a header of the answer{1}: {0}",
    "url": "it led to {0}",
    "hops": "its redirects: {0}",
    "error": "the network's answer: {0}",
    "reason": "not asked: {0}",
}
"""In words, where a rule of the judge found what it matched ({0})."""

FLAGS = {
    "moved": "it has moved for good",
    "truncated": "only the beginning of the answer came",
    "volatile": "the page changes by design",
    "tls_expired": "its certificate has expired",
    "tls_not_yet_valid": "its certificate is not valid yet",
    "tls_other_name": "its certificate is for another name, so somebody else may have answered",
    "tls_untrusted": "nobody we trust vouches for its certificate, so somebody else may have answered",
    "tls_incomplete_chain": "its certificate came without those that vouch for it",
    "tls_other": "its certificate has a fault",
}
"""In words, what the flags of a judgement say beside its verdict."""

WITHHELD = {
    "looks_secret": "its address seems to hold a secret",
    "acts_on_get": "asking for it could change something there",
    "invalid_url": "it is no valid address",
    "unsupported_scheme": "it is no http or https address",
}
"""Why a link is never asked and never named to an archive, in words."""

READ_BACK = ("verified", "identical")
BASES = {"own_check": "our own check", "import": "an imported capture", "memento": "a snapshot"}


def because(card: Card) -> str:
    """Return why the verdict is what it is, in a few words; empty where nothing was checked."""
    if card.review is not None:
        note = f": {card.review.note}" if card.review.note else ""
        return f"{card.review.by} looked at it on {card.review.made_at[:10]}{note}"
    evidence = card.now.evidence
    if not evidence:
        return ""
    where, _, name = str(evidence.get("where")).replace("header.", "header:").partition(":")
    told = WHERE.get(where, "{0}").format(evidence.get("matched"), f", {name}" if name else "")
    extra = [str(evidence[name]) for name in ("why", "vendor") if evidence.get(name)]
    return f"{told} ({'; '.join(extra)})" if extra else told


def besides(card: Card) -> str:
    """Return what is to be known beside the verdict: moved, cut off, a faulty certificate; empty where nothing is."""
    return "; ".join(FLAGS.get(flag, flag.replace("_", " ")) for flag in card.now.flags)


def since(card: Card) -> str:
    """Return since when it is so: the latest proof of life, the earliest proof of death, and what they rest on."""
    life = card.life
    parts = []
    if life.alive_until:
        parts.append(f"alive until {life.alive_until[:10]} or later ({BASES[life.alive_until_basis or 'own_check']})")
    if life.dead_by:
        parts.append(f"dead by {life.dead_by[:10]} ({BASES[life.dead_by_basis or 'own_check']})")
    if not parts and card.now.checked_at:
        parts.append(f"first seen on {life.first_seen_at[:10]}")
    if card.review is not None:
        seen = f"{card.review.by} saw it so on {card.review.made_at[:10]}"
        parts = [seen] if card.now.group == "alive" else [*parts, seen]
    elif card.now.standing == "alive" and card.now.checked_at:
        parts = [f"alive when last looked at, {card.now.checked_at[:10]}"]
    return "; ".join(parts) or "nothing is known: it was not checked"


def sure(card: Card) -> str:
    """Return how sure it is."""
    now = card.now
    if card.review is not None:
        return "A person judged it, and outranks the machine."
    again = f"; it is looked at again on {now.next_check_at[:10]}" if now.next_check_at else ""
    told = {
        "dead": f"Sure: {_on_whose_word(card)}. Even so, it is not for ever{again}.",
        "doubtful": f"Not yet: strike {now.strikes} of {now.strikes_needed}{again}.",
        "refused": "We were refused. That says nothing of the page: others may be able to read it.",
        "unreachable_from_here": f"It may be our own network that cannot reach it{again}.",
        "alive": "Something on the page bears out what was cited."
        if now.verdict == "alive"
        else "The server answered; nothing on the page was held against the citation.",
    }
    row = BY_NAME.get(now.verdict or "")
    if (
        now.standing == "doubtful"
        and not now.strikes
        and now.group != "changed"
        and row is not None
        and not row.strikes
    ):
        return f"Not yet: this look alone cannot tell{again}."
    if now.group == "changed":
        return f"The page answers, and shows something else{again}."
    return told.get(str(now.standing), "Nothing is known: it was not checked.")


def _on_whose_word(card: Card) -> str:
    if card.now.standing_basis == "memento":
        return "it failed, and captures in an archive show it gone for as long as our own checks would take"
    if card.now.standing_basis == "save_job":
        return "it failed, and so did Save Page Now, in the same way"
    return f"{card.now.strikes} failures on days apart"


def to_do(card: Card) -> str:
    """Return what a person can do about it."""
    shot = card.snapshot
    good = shot is not None and shot.state in READ_BACK
    if good and lacks_words(card):
        return "Read the snapshot before you cite it: the cited words were not found in it."
    if no_longer(card):
        then = card.then_words.seen_at if card.then_words else None
        if then is None and good:
            return "Cite the snapshot: the page no longer says it."
        if then is not None:
            return f"The page no longer says it: see what it said on {then[:10]}, with `scrapy diff`."
    if card.now.group == "alive" and card.now.standing == "alive":
        if card.now_words is not None and card.now_words.answer == "absent":
            return "Read the page before you cite it: the cited words were not found on it."
        if good:
            return "Cite the page, and give the snapshot beside it."
        return _may_be_saved(card, "Save it while it is there")
    if good:
        return "Cite the snapshot."
    if shot is not None:
        return "A snapshot is listed, and was not read back yet: run `scrapy snapshots`, or look at it yourself."
    if card.withheld:
        return _may_be_saved(card, "")
    if card.now.standing == "refused":
        return "Open it in a browser, and record what you see: `scrapy review`."
    if not card.public:
        return _may_be_saved(card, "No archive was asked, as the link is private. Look it up")
    if card.save_state in {"wanted", "deferred", "unknown", "submitting", "submitted"}:
        return "A look-up in the Wayback Machine is waiting: run `scrapy snapshots`."
    if card.now.checked_at is None:
        return "Check it: `scrapy evidence`, with a network."
    if card.then_words is not None and card.then_words.seen_at and card.then_words.answer != "absent":
        return (
            f"No snapshot is known, but what we saw on {card.then_words.seen_at[:10]} is kept: `scrapy diff` shows it."
        )
    return "No snapshot is known: look in other archives (MEMENTO_ARCHIVES), or ask the author for a copy."


def _may_be_saved(card: Card, what: str) -> str:
    if card.withheld:
        return f"It is not named to any archive: {WITHHELD.get(card.withheld, card.withheld)}. Keep a copy of your own."
    if not card.public:
        return f"{what}: that tells an archive of it, so a person has to say so (`-a publish=1`)."
    return f"{what}: `scrapy snapshots` works on its snapshot."


def shows(card: Card) -> str:
    """Return what its snapshot is to the citation: as it was cited, or but the nearest known."""
    return "" if card.snapshot is None else _shows(card.snapshot)


def _shows(shot: Snapshot) -> str:
    state = "" if shot.state in READ_BACK else f", {shot.state}: not read back by us"
    said = shot.said or "newest known"
    if shot.gap_days is None:
        return f"{said}: {shot.at[:10]}{state}"
    if shot.gap_days == 0:
        return f"{said}: of the day of the citation, {shot.at[:10]}{state}"
    far = f"{abs(shot.gap_days)} {'day' if abs(shot.gap_days) == 1 else 'days'}"
    return f"{said}: {shot.at[:10]}, {far} {'before' if shot.gap_days < 0 else 'after'}{state}"


def reference(card: Card) -> str:
    """Return a reference to copy: title, site, address, the day it was looked at, and the snapshot where one is good."""
    name = card.title or (card.cited.anchor_text if card.cited else None) or card.link_url
    parts = [f"“{' '.join(name.split())[:300]}”", card.site_name or card.site, card.link_url]
    said = card.now.sentence.rstrip(".")
    said = f" ({said[:1].lower()}{said[1:]})" if said else ""
    if card.review is not None:
        parts.append(f"seen by {card.review.by} {card.review.made_at[:10]}{said}")
    elif card.now.checked_at and card.now.group != "not_checked":
        parts.append(f"last checked {card.now.checked_at[:10]}{said}")
    if card.snapshot is not None and card.snapshot.state in READ_BACK:
        parts.append(f"archived {card.snapshot.at[:10]} at {card.snapshot.url}")
    return ", ".join(parts) + "."


SAID_BY_VERDICT = frozenset({"gone", "refused", "failed"})
"""Reasons of ``not_comparable`` that the verdict beside them says already."""

PASSAGES = {
    "present": "the cited words are there",
    "partly": "part of the cited words is missing: {0}",
    "absent": "the cited words are not there",
    "not_comparable": "cannot be compared: {0}",
}


def passage(found: Passage | None) -> str:
    """Return whether the cited words were found, in words; empty where nothing was compared, or the verdict says why."""
    if found is None or found.reason in SAID_BY_VERDICT:
        return ""
    at = f"at our check of {found.seen_at[:10]}: " if found.seen_at else ""
    detail = ", ".join(found.missing[:8]) if found.answer == "partly" else REASONS.get(found.reason or "", found.reason)
    return at + PASSAGES[found.answer].format(detail or "no reason is known")


def lacks_words(card: Card) -> bool:
    """Return whether the cited words were sought in the snapshot, and none of them found."""
    return card.then_words is not None and card.then_words.answer == "absent" and card.then_words.seen_at is None


def no_longer(card: Card) -> bool:
    """Return whether the page no longer says it: only where it was there then and is absent now."""
    then, now = card.then_words, card.now_words
    return then is not None and now is not None and (then.answer, now.answer) == ("present", "absent")
