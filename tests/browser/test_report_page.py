"""The report as a page, in a real browser: for everybody, on a phone, without a network, whatever stands in it."""

import io
import json
from base64 import b64decode

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep.cards.card import Card, Cited, Life, Now, Passage, Snapshot
from citekeep.cards.markdown import write_markdown
from citekeep.cards.page import page_of
from citekeep.cards.report import Report
from citekeep.cards.scope import Figures, Host, Scope

EVIL = "<script>document.title='owned'</script><img src=https://evil.test/x.png onerror=alert(1)>\u202e]]>--> \x1b[2J"
GROUPS = ("alive", "changed", "dead", "dead_soft", "unknown_access", "pending", "not_checked")
WIDTHS = (320, 412, 1280)


def card(number, group, text="Words of an article.", language="ru", url="https://cited.test/a"):
    long = f"{url}/{number}/" + "unbroken" * 40
    return Card(
        link_url=long, title=text, site_name=text, site="cited.test", public=True, withheld=None,
        cited=Cited(
            article_url=f"https://news.test/{number}", article_title=text, language=language, anchor_text=text,
            sentence=text, kind="anchor", url_as_written=long, cited_via=None, on="2022-01-13", basis="published",
        ),
        snapshot=Snapshot(
            memento_id=1, url=f"https://web.archive.org/web/2022/{long}", at="2022-01-12T00:00:00Z", state="verified",
            service="wayback", gap_days=-1,
        ),
        newest=None,
        now=Now(
            verdict="alive", group=group, sentence="The page is there.", standing="alive", strikes=0, strikes_needed=3,
            status=200, error=None, reason=None, final_url=long, checked_at="2026-11-01T00:00:00Z", next_check_at=None,
            evidence={"rule": "x", "matched": text, "where": "title"}, flags=[],
        ),
        life=Life(
            first_seen_at="2026-11-01T00:00:00Z", alive_until=None, alive_until_basis=None, dead_by=None, dead_by_basis=None
        ),
        review=None, save_state=None, save_reason=None, citing_articles=1,
        then_words=Passage(answer="present", missing=[], reason=None, compared_at="2026-11-01T00:00:00Z"),
        now_words=Passage(answer="partly", missing=[text], reason=None, compared_at="2026-11-01T00:00:00Z"),
    )  # fmt: skip


def report(cards):
    return Report(
        scope=Scope(kind="host", name="cited.test"),
        made_at="2026-11-01T00:00:00Z",
        figures=Figures(
            articles=1, citations=len(cards), links=len(cards), checked=len(cards), groups={"alive": 1},
            standings={"alive": 1}, rot=dict.fromkeys(("strict", "broad", "pew_2024"), 0),
            told=dict.fromkeys(("strict", "broad", "pew_2024"), 1),
        ),
        hosts=[
            Host(host="h" * 200, links=3, checked=3, answering=0, dead=3, looking_dead=3, refused=0,
                 alive_until="2022-03-01T00:00:00Z", dead_by="2022-04-01T00:00:00Z", with_snapshot=1),
        ],
        cards=cards,
    )  # fmt: skip


@pytest.fixture
def shown(browser, tmp_path):
    """Show a report in the browser and return it."""

    def show(cards, *, width=1280, **options):
        path = tmp_path / "report.html"
        path.write_text(page_of(report(cards), **options), encoding="utf-8")
        browser.get_log("browser"), browser.get_log("performance")
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
        )
        browser.get(path.as_uri())
        return browser

    return show


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing(shown, axe, width):
    page = shown([card(number, group) for number, group in enumerate(GROUPS)], width=width, links=True)
    page.execute_script(axe)
    result = page.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
    assert [(one["id"], one["help"]) for one in result["violations"]] == []
    assert len(result["passes"]) > 10, "it did look"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_in_both_color_schemes(shown, axe, scheme):
    page = shown([card(number, group) for number, group in enumerate(GROUPS)])
    page.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    page.execute_script(axe)
    found = page.execute_async_script("axe.run({runOnly: ['color-contrast']}).then(arguments[arguments.length - 1])")
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert found["violations"] == []
    assert found["passes"]


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_a_phone(shown, width):
    page = shown([card(1, "dead", text=EVIL), card(2, "alive", text="слово" * 100)], width=width)
    assert page.execute_script("return document.documentElement.scrollWidth") <= width


def test_text_of_the_web_is_text(shown):
    page = shown([card(1, "dead", text=EVIL, language="en")], links=True)
    assert page.title == "Cited pages of cited.test"
    assert page.execute_script("return document.querySelectorAll('script, img, iframe, object').length") == 0
    assert "<script>document.title='owned'</script>" in page.execute_script("return document.body.innerText")
    asked = [
        event["params"]["request"]["url"]
        for event in (json.loads(line["message"])["message"] for line in page.get_log("performance"))
        if event["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in asked if not url.startswith("file:")] == [], "it needs no network"
    assert [line for line in page.get_log("browser") if "favicon" not in line["message"]] == []


def test_links_are_text_unless_wanted(shown):
    cards = [card(1, "alive")]
    assert shown(cards).execute_script("return document.links.length") == 0
    page = shown(cards, links=True)
    assert page.execute_script("return document.links.length") > 2
    assert page.execute_script("return [...document.links].every(a => a.rel.includes('noopener'))")
    evil = card(1, "alive", url="javascript:alert(1)//")
    assert "javascript:" not in page_of(report([evil]), links=True).replace(">javascript:", "").split("<article")[0]
    page = shown([evil], links=True)
    assert page.execute_script("return [...document.links].every(a => a.protocol.startsWith('http'))")


def test_quoted_words_carry_their_language(shown):
    page = shown([card(1, "alive", language="uk"), card(2, "alive", language=None)])
    found = page.execute_script("return [...document.querySelectorAll('q')].map(q => [q.lang, q.dir])")
    assert [lang for lang, _ in found] == ["uk", "uk", "", ""]
    assert {direction for _, direction in found} == {"auto"}


@given(st.text(alphabet=st.characters(), max_size=60))
def test_any_text_makes_a_page(text):
    page_of(report([card(1, "dead", text=text, language="en")]), links=True)


def test_it_is_printed_without_a_cut(shown):
    page = shown([card(number, group) for number, group in enumerate(GROUPS)])
    printed = page.execute_cdp_cmd("Page.printToPDF", {"printBackground": False})
    sheets = [sheet.get_textpage().get_text_bounded() for sheet in pypdfium2.PdfDocument(b64decode(printed["data"]))]
    assert len(sheets) > 2
    assert [sheet.count("Cited in") for sheet in sheets] == [sheet.count("Reference") for sheet in sheets], (
        "no card is cut"
    )
    (below,) = [text.partition("\nCitations")[2] for sheet in sheets if "\nCitations" in (text := f"\n{sheet}")]
    assert "Cited in" in below, "no heading is the last on its sheet"


def test_markdown_shows_text_as_text():
    out = io.StringIO()
    write_markdown(report([card(1, "dead", text=EVIL)]), out, links=True)
    text = out.getvalue()
    assert "<script" not in text.replace("\\<script", "")
    assert "\x1b" not in text
    assert "\u202e" not in text
