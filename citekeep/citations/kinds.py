"""What the links of a block are: citations, offers of other stories, promotion, or nothing of the kind."""

from __future__ import annotations

from citekeep.citations import labels, rules
from citekeep.citations.blocks import Block
from citekeep.citations.body import leads_elsewhere, main_row, row_of
from citekeep.citations.tokens import size_of, words_of
from citekeep.citations.zones import Zones


class Kinds:
    """The kinds of a page's blocks. of: the languages whose labels may stand there. author: as the page names them."""

    def __init__(self, blocks: list[Block], zones: Zones, of: frozenset[str], author: str | None = None) -> None:
        self.zones = zones
        self.patterns = {
            kind: labels.pattern(kind, of) for kind in ("related", "promo", "promo_opening", "byline", "tags", "meta")
        }
        self.blocks = blocks
        self.offering = False
        self.authors = [f" {' '.join(name)} " for one in (author or "").split(";") if len(name := words_of(one)) > 1]
        self.row = main_row(blocks) if self.authors else None

    def kind(self, number: int, block: Block) -> str | None:
        """Return the kind of citation that the links of a block are, or None; to be asked of each block in its order."""
        related = self._is_related(block)
        if not block.anchors:
            return None
        if self.zones.embeds(block.parent):
            return "embed" if self.zones.takes_embed(block.parent) else None
        excluded = self.zones.excludes(block.parent)
        if related:
            return "related" if block.matched or not excluded else None
        if not block.matched or excluded or self._is_noise(block) or self._is_teaser(number, block):
            return None
        if self._is_about_author(block):
            return None
        if block.size < rules.PROMO_WORDS and self._promotes(block):
            return "promo"
        return "footnote" if self.zones.notes(block.parent) else "anchor"

    def opens_promotion(self, sentence: str) -> bool:
        """Return whether a sentence begins as those do that ask readers to follow or to subscribe."""
        return self.patterns["promo_opening"].match(labels.spelling(sentence)) is not None

    def _is_related(self, block: Block) -> bool:
        """Return whether a block offers another story: it has a label, or stands in the list below one."""
        if not block.size:
            return False
        labelled = self.patterns["related"].match(labels.spelling(block.text)) is not None
        if labelled and block.size <= rules.LABEL_WORDS and not block.anchors:
            self.offering = True
            return False
        mostly_links = block.link_share > rules.LINKY_SHARE
        if labelled or self._is_titled(block):
            self.offering = False
            return block.size < rules.LABELLED_WORDS or block.link_share >= 0.5
        self.offering = self.offering and mostly_links
        return self.offering and all(self.zones.is_own(anchor.href) for anchor in block.anchors)

    def _is_titled(self, block: Block) -> bool:
        """Return whether it is a word or two, a colon, and then nothing but the title of another story of the site."""
        if len(block.anchors) != 1 or block.parent.tag in rules.INNER_TAGS:
            return False
        (anchor,) = block.anchors
        label, title = block.text[: anchor.start], block.anchor_text(anchor)
        return (
            rules.LABEL_END.search(label) is not None
            and rules.FULL_STOP.search(title) is None
            and 0 < len(label.split()) <= rules.LABEL_WORDS
            and size_of(words_of(title)) >= rules.TITLE_WORDS
            and not block.text[anchor.end :].strip()
            and self.zones.is_own(anchor.href)
        )

    def _is_noise(self, block: Block) -> bool:
        text, size, linked = labels.spelling(block.text), block.size, block.linked
        if size < rules.META_LINE_WORDS and rules.COPYRIGHT.match(text):
            return True
        if self.patterns["tags"].match(text) or (size < rules.META_LINE_WORDS and self.patterns["meta"].search(text)):
            return True
        if size < rules.BYLINE_WORDS and not block.is_sentence and self.patterns["byline"].match(text):
            return True
        if len(block.anchors) >= rules.LINKY_LINKS and linked >= rules.LINKY_SHARE * size:
            return True
        beside = size - linked
        if beside <= 0:
            return not self._is_source(block)
        least = rules.WORDS_BESIDE.get(block.parent.tag)
        return block.is_short and (least is None or beside < least) and not self._is_source(block)

    def _is_source(self, block: Block) -> bool:
        """Return whether links that stand alone lead elsewhere, and not to an account or an app: they name a source.

        One that leads to the own site is the title of another story.
        """
        return block.parent.tag in rules.SOURCE_TAGS and leads_elsewhere(block, self.zones.is_own)

    def _is_about_author(self, block: Block) -> bool:
        """Return whether a block beside the row of the article's paragraphs begins with the name of its author."""
        if not self.authors or block.size > rules.ABOUT_AUTHOR_WORDS or row_of(block) is self.row:
            return False
        return any(
            name in f" {' '.join(block.words[: rules.NAMED_WITHIN + len(name.split())])} " for name in self.authors
        )

    def _is_teaser(self, number: int, block: Block) -> bool:
        """Return whether a link leads where a title or a picture right before its block leads: to the story told there."""
        before = self.blocks[max(0, number - rules.TEASER_REACH) : number]
        titles = [other for other in before if other.anchors and other.linked >= rules.LINKY_SHARE * other.size]
        return any(
            title.href == anchor.href
            and self.zones.is_own(anchor.href)
            and self.zones.share_a_box(block.parent, other.parent)
            for other in titles
            for title in other.anchors[: rules.TITLES_MAX]
            for anchor in block.anchors[: rules.TITLES_MAX]
        )

    def _promotes(self, block: Block) -> bool:
        """Return whether words of promotion stand in or right beside a link, not somewhere in a sentence about them."""
        text = labels.spelling(block.text)
        return self.patterns["promo"].search(text) is not None and any(
            self.patterns["promo"].search(text[max(0, anchor.start - 60) : anchor.end + 40]) for anchor in block.anchors
        )
