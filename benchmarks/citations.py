"""Body text and citations of real pages with known answers: how good they are, and the time they take.

``python -m benchmarks.citations FOLDER [--errors] [--out FILE]``: FOLDER holds pages.jsonl ({"id", "url", "file"}; file is
gzipped HTML), links.json ({id: {"links": [{"url"}], "ignore": [{"url"}]}}) and body.json ({id: {"articleBody"}}).
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import trafilatura
from trafilatura.meta import reset_caches

from citekeep.charset import decode
from citekeep.extraction import extract
from citekeep.items import Extraction

COUNTED = {"anchor", "footnote", "embed", "plain_text"}  # kinds that are citations; related and promo are their own
ROUNDS = 1_000  # of the bootstrap
_TRACKING = re.compile(r"(?:utm_\w+|fbclid|gclid|dclid|mc_cid|mc_eid|igshid|yclid|msclkid|_ga|ref_src)$", re.IGNORECASE)


@dataclass
class Score:
    """Links of one page: found and true, found and false, missed."""

    right: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


def main() -> None:
    """Print quality and time for a folder of pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--errors", action="store_true", help="print the links that were wrong or missed")
    parser.add_argument("--out", type=Path, help="write texts and links found as JSON")
    options = parser.parse_args()
    pages, found, ours, theirs = read(options.folder)
    scores = score_links(options.folder, found)
    low, high = interval(list(scores.values()))
    print(f"{len(pages)} pages: links micro-F1 {f1(scores.values()):.3f} ({low:.3f} to {high:.3f} by bootstrap)")
    print("body F1 {2:.3f} (precision {0:.3f}, recall {1:.3f})".format(*score_body(options.folder, found)))
    print("quality", dict(Counter(one.quality for one in found.values())))
    print(f"{statistics.mean(ours):.1f} ms a page, one trafilatura pass {statistics.mean(theirs):.1f} ms:", end=" ")
    print(f"{sum(ours) / sum(theirs):.2f} times")
    if options.errors:
        for name, score in scores.items():
            print(
                *(f"{name} wrong {url}\n" for url in score.wrong),
                *(f"{name} missed {url}\n" for url in score.missed),
                sep="",
                end="",
            )
    if options.out:
        options.out.write_text(json.dumps({name: predicted(one) for name, one in found.items()}), encoding="utf-8")


def read(folder: Path) -> tuple[list[dict[str, Any]], dict[str, Extraction], list[float], list[float]]:
    """Return the pages, what was found in each, and the milliseconds it took us and one standard pass of trafilatura."""
    pages = [json.loads(line) for line in (folder / "pages.jsonl").read_text(encoding="utf-8").splitlines()]
    found, ours, theirs = {}, [], []
    for page in pages:
        body = gzip.decompress((folder / page["file"]).read_bytes())
        reset_caches()  # of texts and URLs seen before, so that who comes second does not run faster
        begun = time.perf_counter()
        trafilatura.bare_extraction(decode(body, None), url=page["url"], with_metadata=True, include_comments=False)
        theirs.append((time.perf_counter() - begun) * 1000)
        reset_caches()
        begun = time.perf_counter()
        found[page["id"]] = extract(body, page["url"], content_type="text/html", want_citations=True)
        ours.append((time.perf_counter() - begun) * 1000)
    return pages, found, ours, theirs


def predicted(found: Extraction) -> dict[str, Any]:
    """Return text and counted links of a page."""
    links = [citation.url_as_written for citation in found.citations or [] if citation.kind in COUNTED]
    return {"articleBody": found.text, "links": links}


# --- links ---


def score_links(folder: Path, found: dict[str, Extraction]) -> dict[str, Score]:
    """Return the score of each page with an answer. Doubtful links, and the page itself, count neither way."""
    scores = {}
    for name, answer in json.loads((folder / "links.json").read_text(encoding="utf-8")).items():
        ignored = {compared(link["url"]) for link in answer["ignore"]} | {compared(answer["url"])}
        true = {compared(link["url"]) for link in answer["links"]}
        links = predicted(found[name])["links"] if name in found else []
        said = {compared(url) for url in links} - ignored
        scores[name] = Score(len(true & said), sorted(said - true), sorted(true - said))
    return scores


def compared(url: str) -> str:
    """Return a URL as it is compared: without scheme, www., fragment, trailing slash and tracking parameters."""
    try:
        parts = urlsplit(url.strip())
        query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(pair[0])]
    except ValueError:
        return url
    host = (parts.hostname or "").removeprefix("www.")
    return f"{host}{unquote(parts.path).rstrip('/')}" + (f"?{urlencode(query)}" if query else "")


def f1(scores: Any) -> float:
    """Return micro-F1 of pages' scores; 1.0 where there was nothing to find and nothing was found."""
    scores = list(scores)
    right = 2 * sum(score.right for score in scores)
    whole = right + sum(len(score.wrong) + len(score.missed) for score in scores)
    return right / whole if whole else 1.0


def interval(scores: list[Score]) -> tuple[float, float]:
    """Return the 95 % interval of micro-F1 by drawing pages anew; always the same for the same scores."""
    drawing = random.Random(0)
    drawn = sorted(f1(drawing.choices(scores, k=len(scores))) for _ in range(ROUNDS))
    return drawn[ROUNDS // 40], drawn[-ROUNDS // 40]


# --- body ---


def score_body(folder: Path, found: dict[str, Extraction]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of the texts by their runs of four words, averaged over pages.

    As scrapinghub's article-extraction-benchmark measures it.
    """
    precisions, recalls = [], []
    for name, answer in json.loads((folder / "body.json").read_text(encoding="utf-8")).items():
        true, said = _runs(answer["articleBody"]), _runs(found[name].text if name in found else "")
        both = sum((true & said).values())
        if said:
            precisions.append(both / sum(said.values()))
        if true:
            recalls.append(both / sum(true.values()))
    precision, recall = statistics.mean(precisions), statistics.mean(recalls)
    return precision, recall, 2 * precision * recall / (precision + recall)


def _runs(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[i : i + 4]) for i in range(max(1, len(words) - 3))) if words else Counter()


if __name__ == "__main__":
    main()
