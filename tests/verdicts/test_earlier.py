"""What a page shows now against what it showed before: somebody else's, another text, or simply the same, edited."""

import pytest

from citekeep.verdicts import Observation, judge
from citekeep.verdicts.earlier import LEXICON_WORDS, OFF_TOPIC, cosine, is_volatile, lexicon, terms
from citekeep.verdicts.page import Page

URL = "https://uralwire.example/en/2022-01-13/34019"

BEFORE = """More than fifteen hundred activists and journalists left Russia last year, according to rights groups that help
them abroad. Most went to Georgia, Lithuania and Germany, where volunteers found them flats and lawyers. Editors say that
the registers of foreign agents made their work impossible, and advertisers withdrew overnight. Several newspapers closed
their bureaus in Yekaterinburg and Chelyabinsk; others continue from Vilnius with half of their reporters. Lawyers expect
further departures this spring, as new criminal cases are opened against people who merely shared articles."""

EDITED = BEFORE.replace("More than fifteen hundred", "At least 1,500").replace(
    "Lawyers expect", "Correction: an earlier version misstated the number of bureaus. Lawyers expect"
)

CASINO = """Welcome bonus for new players: the best online casino offers two hundred freespins, roulette and blackjack with
live dealers, progressive jackpot slots and a sportsbook with the highest odds. Register today, deposit within minutes and
withdraw winnings instantly. Our betting experts review every bookmaker, compare poker rooms and explain how baccarat is
played, so that beginners can enjoy gambling responsibly on mobile phones and tablets around the clock."""

CASINO_RU = """Лучшее онлайн казино приглашает игроков: бездепозитный бонус, слоты, рулетка и покер с живыми дилерами, джекпот
каждый день. Делайте ставки на спорт у надёжного букмекера, получайте фриспины за регистрацию и выводите выигрыши быстро.
Игровые автоматы известных производителей доступны круглосуточно с мобильных телефонов, служба поддержки отвечает сразу."""

SHOES = """Discover handmade leather shoes for hiking, dancing and everyday wear. Our workshop repairs worn soles, replaces
laces and offers measurements at home. Customers receive polish and wooden trees with each pair. Shipping takes three days,
returns remain possible within a month. Browse sandals, boots and slippers in sixteen colours, or visit the showroom beside
the harbour, where our cobblers demonstrate stitching every Saturday afternoon throughout summer and autumn seasons."""

FRENCH = """Découvrez notre sélection de chaussures artisanales pour marcher, danser et travailler. L'atelier répare les semelles
usées, remplace les lacets et propose des mesures à domicile. La livraison prend trois jours, les retours restent possibles
pendant un mois. Parcourez sandales, bottes et pantoufles dans seize couleurs, ou visitez la boutique près du port chaque
samedi, où nos cordonniers montrent la couture traditionnelle pendant toute la saison estivale."""

MEMENTO = {"basis": "memento", "id": 7, "at": "2022-01-14T08:30:15Z"}


def now(text, *, url=URL, before=BEFORE, title="Something", head="", status=200, **more):
    body = f"<html><head><title>{title}</title>{head}</head><body><p>{text}</p></body></html>"
    seen = Observation(requested_url=url, final_url=url, status=status, body=body, text=text, **more)
    return judge(seen, {"earlier": [{**MEMENTO, "text": before}] if before else []})


@pytest.mark.parametrize("text", [CASINO, CASINO_RU])
def test_a_casino_where_a_newspaper_was_is_somebody_elses(text):
    verdict = now(text)
    assert (verdict.name, verdict.evidence["rule"], verdict.evidence["trade"]) == ("usurped", "other_owner", "gambling")
    assert verdict.evidence["compared_with"] == MEMENTO
    assert verdict.evidence["similarity"] <= OFF_TOPIC


def test_another_script_without_a_shared_term_is_somebody_elses():
    before = " ".join([BEFORE])
    verdict = now("ร้านรองเท้าหนังทำมือสำหรับเดินป่าเต้นรำและสวมใส่ทุกวัน " * 8, before=before)
    assert (verdict.name, verdict.evidence["matched"]) == ("usurped", "LATIN before, THAI now")
    edition = '<link rel="alternate" hreflang="en" href="/en">'
    assert now("ร้านรองเท้าหนังทำมือสำหรับเดินป่าเต้นรำและสวมใส่ทุกวัน " * 8, head=edition).name == "content_drift"


@pytest.mark.parametrize("text", [SHOES, FRENCH])
def test_another_text_has_drifted(text):
    verdict = now(text)
    assert (verdict.name, verdict.evidence["rule"]) == ("content_drift", "other_text")
    assert verdict.evidence["compared_with"]["id"] == 7


@pytest.mark.parametrize(
    "text",
    [BEFORE, EDITED, BEFORE[: len(BEFORE) // 2], f"{BEFORE} {SHOES}", "Too short to tell anything of what was there."],
)
def test_the_same_text_edited_cut_or_added_to_has_not(text):
    assert now(text).group == "alive"


def test_without_an_earlier_text_nothing_is_compared():
    assert now(CASINO, before=None).group == "alive"
    assert now(CASINO, before="A few words.").group == "alive"


def test_an_article_about_casinos_stays_one():
    assert now(CASINO.replace("Welcome", "Reviewed: welcome"), before=CASINO).group == "alive"


def test_all_earlier_texts_have_to_disagree():
    seen = Observation(requested_url=URL, final_url=URL, status=200, text=SHOES, body=f"<p>{SHOES}</p>")
    earlier = [
        {**MEMENTO, "text": BEFORE},
        {"basis": "own_check", "id": 3, "at": "2026-01-01T00:00:00Z", "text": SHOES},
    ]
    assert judge(seen, {"earlier": earlier}).group == "alive"


@pytest.mark.parametrize(
    ("url", "head"),
    [
        ("https://uralwire.example/", ""),
        ("https://uralwire.example/news", ""),
        (URL, '<script type="application/ld+json">{"@type": "LiveBlogPosting"}</script>'),
    ],
)
def test_pages_that_change_by_design_are_flagged_not_drifted(url, head):
    verdict = now(SHOES, url=url, head=head)
    assert verdict.group == "alive"
    assert "volatile" in verdict.flags
    assert now(CASINO, url=url, head=head).name == "usurped", "but a casino is no edition of a newspaper"


def test_a_page_that_bears_out_the_citation_has_not_drifted():
    verdict = now(SHOES, words=("handmade leather shoes from the workshop",))
    assert (verdict.name, verdict.evidence["rule"]) == ("alive", "cited_words_found")


def test_scripts_without_spaces_are_compared_by_pairs_of_characters():
    one = terms("東京で新しい橋が開通し数千人が渡った")
    assert cosine(one, terms("東京で新しい橋が開通し多くの人が渡った")) > 0.5
    assert cosine(one, terms("靴の修理はお任せください")) < OFF_TOPIC


def test_front_pages_are_volatile_and_articles_are_not():
    assert is_volatile(Page(Observation(requested_url="https://a.example/en/")))
    assert not is_volatile(Page(Observation(requested_url="https://a.example/2022/a-story-about-it")))


def test_the_words_of_a_trade_are_words_as_they_are_looked_for():
    for words in lexicon().values():
        assert len(words) >= LEXICON_WORDS
        assert all(word == word.lower().strip() and " " not in word for word in words)
