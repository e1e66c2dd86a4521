"""The digest as a page, in a real browser: for everybody, on a phone, whatever stands in it."""

import pytest

from citekeep.cards.lines import Line
from citekeep.digest.data import Digest, Item, RunLine, Section
from citekeep.digest.page import page_of
from citekeep.digest.text import lines_of
from citekeep.health.alarms import Alarm
from citekeep.health.summaries import COUNTS

EVIL = "<script>document.title='owned'</script><img src=https://evil.test/x.png onerror=alert(1)>\u202e]]>--> \x1b[2J"
AT = "2026-11-29T06:00:00Z"


def digest(text="Слова статьи", language="ru"):
    items = tuple(
        Item(
            headline=text, url=f"https://news.test/{group}/" + "unbroken" * 40, quoted=True, language=language, group=group,
            lines=(Line("Now", text), Line("Came", text, quoted=True), Line("Cited in", text, url="javascript:alert(1)")),
        )
        for group in ("alive", "changed", "dead", "dead_soft", "unknown_access", "pending", "not_checked")
    )  # fmt: skip
    return Digest(
        from_at=AT, until_at=AT, made_at=AT, run_total=2,
        runs=(RunLine(run=2, spider="due", started_at=AT, finished_at=None, finish_reason=None),
              RunLine(run=1, spider="due", started_at=AT, finished_at=AT, finish_reason="interrupted")),
        counts=dict.fromkeys((*COUNTS, "saves_waiting", "links_due"), 3),
        alarms=(Alarm(alarm_id=1, name="feed_silent", subject=text, sentence=text, advice="Look.", since_at=AT, raised_at=AT,
                      cleared_at=None),),
        sections=(Section(name="died", title="Died", about="Held for dead.", total=70, items=items),
                  Section(name="revived", title="Revived", about="None came back.", total=0, items=())),
    )  # fmt: skip


@pytest.fixture
def shown(browser, tmp_path):
    def show(width=1280, **options):
        path = tmp_path / "digest.html"
        path.write_text(page_of(digest(**options), links=True), encoding="utf-8")
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
        )
        browser.get(path.as_uri())
        return browser

    return show


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(shown, axe, width, scheme):
    page = shown(width)
    page.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    page.execute_script(axe)
    found = page.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert [(one["id"], one["help"]) for one in found["violations"]] == []
    assert len(found["passes"]) > 10, "it did look"
    assert page.execute_script("return document.documentElement.scrollWidth") <= width


def test_text_of_the_web_is_text(shown):
    page = shown(text=EVIL, language="en")
    assert page.title.startswith("From 2026-11-29")
    assert page.execute_script("return document.querySelectorAll('script, img, iframe, object').length") == 0
    assert page.execute_script("return [...document.links].every(a => /^(https?|file):/.test(a.protocol))")
    assert "\x1b" not in "\n".join(lines_of(digest(text=EVIL)))
    assert "\u202e" not in "\n".join(lines_of(digest(text=EVIL)))


def test_quoted_words_carry_their_language_and_it_is_printed(shown):
    page = shown()
    assert set(page.execute_script("return [...document.querySelectorAll('q')].map(q => q.lang)")) == {"ru"}
    assert len(page.execute_cdp_cmd("Page.printToPDF", {"printBackground": False})["data"]) > 10_000
    assert "... and 63 more." in page.execute_script("return document.body.innerText")
