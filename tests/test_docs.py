"""The docs are held to the code: what is made from it, every link, command, setting, target and argument they name."""

import ast
import importlib.util
import re
from pathlib import Path

import pytest
from scrapy.settings import default_settings

from citekeep import dictionary
from citekeep.check_settings import LEAST
from docs import generate
from docs.answers import settled
from spiders.article import ArticleSpider
from spiders.feed import FeedSpider
from spiders.links import LinksSpider

ROOT = Path(__file__).resolve().parent.parent
READMES = [path for path in ROOT.glob("[!.]*/**/README.md") if "node_modules" not in path.parts]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted(READMES)]
CODE = [
    path
    for folder in (
        "citekeep", "commands", "downloadermiddlewares", "downloadhandlers", "extensions", "pipelines", "spiders", "web",
    )
    for path in sorted((ROOT / folder).rglob("*.py"))
] + [ROOT / "resolver.py"]  # fmt: skip
HINT = "run: make docs"


def settings():
    spec = importlib.util.spec_from_file_location("settings_under_test", ROOT / "settings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: value for name, value in vars(module).items() if name.isupper() and name not in {"ROOT", "DATA"}}


def anchors(page):
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# --- what is made from the code ---


@pytest.mark.parametrize("page", generate.PAGES)
def test_a_generated_page_is_what_the_code_says(page):
    assert (ROOT / page).read_text(encoding="utf-8") == generate.PAGES[page](), HINT


@pytest.mark.parametrize(("page", "name"), generate.BLOCKS)
def test_a_generated_block_is_what_the_code_says(page, name):
    (found,) = generate.block(name).findall((ROOT / page).read_text(encoding="utf-8"))
    assert found == generate.BLOCKS[page, name](), HINT


@pytest.mark.parametrize(("page", "name"), generate.ANSWERS)
def test_an_answer_is_what_the_example_answers(page, name, example):
    (found,) = generate.block(name).findall((ROOT / page).read_text(encoding="utf-8"))
    assert settled(found) == settled(generate.ANSWERS[page, name](example.archive)), HINT


# --- what the pages name is there ---


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_named_is_there(page):
    text = page.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    code = " ".join(re.findall(r"`[^`\n]+`|^    .+$", text, re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", code)) <= targets
    commands = {path.stem for path in (ROOT / "commands").glob("*.py")}
    assert set(re.findall(r"\bscrapy ([a-z]+)", code)) <= commands | {"crawl"}
    for module in re.findall(r"python -m ([\w.]+)", code):
        assert importlib.util.find_spec(module), module
    arguments = set(re.findall(r"-a '?([a-z_]+)=", code))
    assert arguments <= {*ArticleSpider.arguments, *FeedSpider.arguments, *LinksSpider.arguments}, page
    assert set(re.findall(r"-s '?([A-Z_]+)=", code)) - {"NAME"} <= set(settings()), page


def test_every_setting_of_ours_is_read():
    read = {
        node.value
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert {name for name in settings() if not hasattr(default_settings, name)} - read == set()


def test_every_number_is_checked_before_a_run():
    numbers = {name for name, value in settings().items() if type(value) in {int, float}}
    assert numbers == set(LEAST)


def test_every_setting_of_ours_is_explained():
    page = generate.PAGES["docs/settings.md"]()
    for name in settings():
        part = re.search(rf"^### {name}$(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL)
        assert part, name
        if not hasattr(default_settings, name):
            assert len(part[1].split("\n\n")) > 2, f"{name} has no words of its own"


def test_every_view_and_query_is_named_to_analysts():
    page = (ROOT / "docs" / "analysts.md").read_text(encoding="utf-8")
    for name in dictionary.VIEWS:
        assert f"| {name} |" in page
    for path in (ROOT / "queries").glob("*.sql"):
        assert f"queries/{path.name}" in page
