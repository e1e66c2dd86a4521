"""What the judge makes of made-up responses of every kind (responses/*.toml; the README there says how to add one)."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.verdicts import LABELS
from citekeep.verdicts import Observation, judge

HERE = Path(__file__).parent / "responses"
URL = "https://www.example.org/2019/05/minister-resigns-after-budget-vote"
TITLE = re.compile(r"(?is)<title\b.*?</title\s*>")
ABOVE = """<header><a href="/">Example</a><nav><a href="/news">News</a> <a href="/world">World</a> <a href="/sport">Sport</a>
<a href="/culture">Culture</a> <a href="/contact">Contact</a> <a href="/login">Log in</a></nav></header>"""
LATEST = ["Council votes on new tram line in the north", "Rain expected all week, say forecasters",
          "Team wins third game in a row at home", "Museum opens late on Thursdays in June",
          "Prices of bread rise for the second month", "School children plant two hundred trees"]  # fmt: skip
BELOW = (
    "<aside><h3>Latest</h3><ul>"
    + "".join(
        f'<li><a href="/{n}"><time datetime="2024-05-0{n}">{n} May</time> {t}</a></li>' for n, t in enumerate(LATEST, 1)
    )
    + "</ul></aside><footer><p>Example Media, 12 Main Street. All rights reserved. Terms of use, privacy policy.</p></footer>"
)


def page(case: dict, *, around: bool) -> str:
    body = f"{ABOVE}{case['body']}{BELOW}" if around else case["body"]
    head = f"<title>{case.get('title', '')}</title>{case.get('head', '')}"
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"


def missing(names: dict[str, list[str]]) -> Iterator[dict]:
    """Yield responses for a title, a heading and a sentence of each language: together, and each of them alone."""
    for language, (title, heading, sentence) in names.items():
        shapes = {
            "all": {"title": title, "body": f"<h1>{heading}</h1><p>{sentence}</p>"},
            "title": {"title": f"{title} - Example", "body": "", "around": True},
            "heading": {"title": "Example", "body": f"<h1>{heading}</h1>", "around": True},
            "sentence": {"title": "Example", "body": f"<p>{sentence}</p>", "around": True},
            "number": {"title": "Example", "body": f"<h1>404</h1><h2>{heading}</h2><p>{sentence}</p>", "around": True},
        }
        yield from ({"name": f"{language}, {shape}", **response} for shape, response in shapes.items())


def cases() -> Iterator[tuple[str, dict, str]]:
    """Yield (label or labels, response, its body), each alive one also with a site's menus around it."""
    for file in sorted(HERE.glob("*.toml")):
        read = tomllib.loads(file.read_text(encoding="utf-8"))
        label = "soft_404" if "missing" in read else file.stem
        for case in [*missing(read.get("missing", {})), *read.get("response", ())]:
            right = case.get("label", label)
            if "html" in case:
                yield right, case, case["html"]
                continue
            for around in (False, True) if label == "alive" else (case.get("around", False),):
                yield right, case, page(case, around=around)


def judged(case: dict, body: str) -> str:
    url = case.get("url", URL)
    final = case.get("final", url)
    content_type = case.get("type", "text/html; charset=utf-8")
    seen = Observation(
        requested_url=url, final_url=final, status=case.get("status", 200), hops=((url, 302),) if final != url else (),
        headers=(("Content-Type", content_type), *case.get("headers", {}).items()), content_type=content_type,
        body=None if "pdf" in content_type else body, magic=body.encode()[:16],
    )  # fmt: skip
    verdict = judge(seen)
    return LABELS.get(verdict.name, verdict.name)


ALL = [pytest.param(*case, id=f"{case[0]}: {case[1]['name']}") for case in cases()]


@pytest.mark.parametrize(("right", "case", "body"), ALL)
def test_a_made_up_response_is_told(right: str, case: dict, body: str) -> None:
    said = judged(case, body)
    assert said in right.split("|")


@pytest.mark.parametrize(("right", "case", "body"), ALL)
def test_and_is_told_without_its_title(right: str, case: dict, body: str) -> None:
    without = TITLE.sub("", body)
    alone = case["name"].endswith(", title") or "xml" in case.get("type", "")
    if without == body or alone:
        pytest.skip("it has no title, or nothing else")
    said = judged(case, without)
    assert said in right.split("|")
