"""The table at the end of a run: whole at any width, and no page can draw on the screen."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from citekeep.report import ArticleReport, RunReport
from citekeep.tables import plain, print_report

HOSTILE = "\x1b[2J\x1b]0;owned\x07[bold red]\u202eevil\u200b[/] \n\r\t" + "x" * 300
CITATION = {
    "anchor_text": HOSTILE, "sentence": HOSTILE, "url_as_written": f"https://a.example/{HOSTILE}", "status": 200,
    "verdict": "alive", "verdict_group": "alive", "snapshot_at": "2022-01-14T08:30:15Z", "snapshot_state": "unread",
    "snapshot_said": "nearest known",
}  # fmt: skip


def printed(width, **citation):
    article = ArticleReport(
        url="https://news.example/1", title=HOSTILE, published="2022-01-13", verdict="alive", group="alive",
        sentence="It answers.", status=200, outcome="ok", words=700, public=True, citations=[CITATION | citation],
    )  # fmt: skip
    report = RunReport(
        crawl_id=1, articles=[article], article_count=1, readable=1, counts={"alive": 2}, published=1, held_back={"private": 1},
        withheld=[("https://a.example/?token=[red]x", "looks_secret")], waiting=3, with_others=1, saves={"found": 1},
    )  # fmt: skip
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None)
    print_report(report, console, settings={"ARCHIVE_DB": "a.db", "WARC_DIR": "w"}, reason="finished")
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100, 140, 200])
def test_it_is_whole_at_any_width(width):
    text = printed(width)
    table = [line for line in text.splitlines() if line and line[0] in "┏┃┡│├└"]
    assert table
    assert all(line[-1] in "┓┃┩│┤┘" for line in table), text
    assert all(len(line) <= max(width, 70) for line in table)
    joined = "".join(line.split("│")[-2].strip() for line in table if line.startswith("│"))
    assert joined.replace(" ", "") == "2022-01-14(unread)nearestknown"


def test_a_page_cannot_draw():
    text = printed(120)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[bold red]" in text, "markup of the web is shown as it stands"
    assert "token=[red]x" in text


def test_what_another_run_does_need_not_be_asked_for():
    text = printed(120)
    assert "Another run is at work: 1 link of the sites that it holds is due, for it." in text
    assert "2 links still due: " in text


@pytest.mark.parametrize("anchor", ["", "https://a.example/1", "www.a.example"])
def test_a_bare_link_is_known_by_its_sentence(anchor):
    assert "Said so." in printed(140, anchor_text=anchor, sentence="Said so.")


@given(st.text())
def test_plain_is_one_line_without_controls(text):
    shown = plain(text, 40)
    assert len(shown) <= 40
    assert shown.isprintable() or all(ord(c) >= 32 for c in shown)
    assert "\n" not in shown
