"""``scrapy linkrot``: figures, hosts and cards, for people and for programs; nobody is asked."""

import csv
import io
import json
import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from citekeep.cards.csv_rows import COLUMNS, cell
from citekeep.cards.markdown import escaped
from tests.forked import forked
from tests.running import ROOT

ARTICLE = "https://www.volga-observer.test/2022/01/13/a-year-of-departures"


def linkrot(example, *arguments):
    return forked(
        [sys.executable, "-m", "scrapy", "linkrot", *arguments],
        cwd=ROOT, env=os.environ | {"CITEKEEP_DATA": str(example.folder), "COLUMNS": "100", "NO_COLOR": "1"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_table_answers_the_question(example):
    done = linkrot(example, ARTICLE.replace("www.", ""))
    assert (done.returncode, done.stderr) == (0, "")
    assert "5 citations of 5 links in 1 article" in done.stdout
    assert "Link rot, strict: 2 of 4 (50 %)" in done.stdout, "a refusal is neither rot nor health"
    assert "Cite the" in done.stdout


def test_json_and_csv_have_a_row_for_each_citation(example):
    told = json.loads(linkrot(example, "--format", "json").stdout)
    rows = list(csv.DictReader(io.StringIO(linkrot(example, "--format", "csv").stdout)))
    citations = example.rows("SELECT l.url FROM citations AS c JOIN links AS l ON l.id = c.link_id")
    assert sorted(card["link_url"] for card in told["cards"]) == sorted(row["url"] for row in citations)
    assert sorted(row["link_url"] for row in rows) == sorted(row["url"] for row in citations)
    assert tuple(rows[0]) == COLUMNS
    assert told["figures"]["citations"] == len(rows)
    by_url = {row["link_url"]: row for row in rows}
    (gone,) = (row for url, row in by_url.items() if "uralwire" in url)
    assert (gone["verdict"], gone["verdict_sentence"], gone["to_do"]) == (
        "dns_nxdomain", "There is no such domain.", "Cite the snapshot.",
    )  # fmt: skip


def test_a_page_that_stands_alone(example, tmp_path):
    target = tmp_path / "report.html"
    done = linkrot(example, "--outlet", "volga-observer.test", "--format", "html", "-o", str(target), "--lang", "uk")
    assert (done.returncode, done.stdout) == (0, "")
    page = html.fromstring(target.read_text(encoding="utf-8"))
    assert page.findtext(".//h1") == "What volga-observer.test cites in its articles"
    assert len(page.findall(".//article")) == 5
    assert page.findall(".//a") == []
    assert "домену" in page.text_content()
    assert os.listdir(tmp_path) == ["report.html"]


def test_words_shown_are_the_sentences_in_the_language_asked_for(example):
    shown = linkrot(example, ARTICLE, "--lang", "uk").stdout
    assert "Такого домену" in shown
    assert "nxdomain" not in shown
    assert "1 refused us" in shown


def test_a_host_is_found_without_its_www(example):
    done = linkrot(example, "--host", "uralwire.test", "--format", "json")
    assert json.loads(done.stdout)["scope"]["name"] == "www.uralwire.test"


def test_a_host(example):
    done = linkrot(example, "--host", "https://www.uralwire.test/any", "--format", "md")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("# Cited pages of www\\.uralwire\\.test\n")
    assert done.stdout.count("\n### ") == 1
    assert "www\\.uralwire\\.test: 1 of 1 look dead" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["https://nothing.test/"], 2, "is not in this archive"),
        (["https://statistics.test/population/2021/migration-tables"], 2, "is no article of this archive"),
        (["--outlet", "nothing.test"], 2, "No article of nothing.test"),
        (["--host", "nothing.test"], 2, "cites nothing.test"),
        (["--host", "a b"], 2, "a b"),
        (["--host", "a.test", "--outlet", "b.test"], 2, "Name one"),
        (["--limit", "-1"], 2, "--limit"),
        (["--format", "pdf"], 2, "pdf"),
        (["a", "b"], 2, "one article"),
        (["--format", "csv", "-o", "/nowhere/at/all.csv"], 4, "/nowhere/at/all.csv cannot be written: No such file"),
        (["--format", "csv", "-o", "/tmp"], 2, "/tmp is a folder"),
    ],
)
def test_bad_input_is_one_sentence(example, arguments, code, sentence):
    done = linkrot(example, *arguments)
    assert done.returncode == code, done.stderr
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_without_an_archive(tmp_path):
    class Nothing:
        folder = tmp_path

    done = linkrot(Nothing)
    assert done.returncode == 4
    assert "archive an article first" in done.stderr
    assert os.listdir(tmp_path) == []


@given(st.text())
def test_no_cell_is_a_formula_and_no_text_is_markup(text):
    assert str(cell(text))[:1] not in {"=", "+", "-", "@", "\t", "\r"}
    shown = escaped(text)
    assert "\n" not in shown
    assert "<" not in shown.replace("\\<", "")
