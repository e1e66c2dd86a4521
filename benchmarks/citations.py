"""Body text and citations of the pages of a development set, as the JSON its scorers read, and the time they take.

``python -m benchmarks.citations FOLDER`` writes predictions.json to the current directory (pages in FOLDER/data).
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import time
from pathlib import Path

import trafilatura

from citekeep.extraction import decode, extract

COUNTED = {"anchor", "footnote", "embed", "plain_text"}  # kinds that are citations; related and promo are their own


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("predictions.json"))
    options = parser.parse_args()
    data = options.folder / "data"
    pages = [json.loads(line) for line in (data / "pages.jsonl").read_text(encoding="utf-8").splitlines()]
    predictions, ours, theirs = {}, [], []
    for page in pages:
        body = gzip.decompress((data / page["file"]).read_bytes())
        begun = time.perf_counter()
        trafilatura.bare_extraction(decode(body, None), url=page["url"], with_metadata=True, include_comments=False)
        middle = time.perf_counter()
        found = extract(body, page["url"], content_type="text/html", want_citations=True)
        ours.append(time.perf_counter() - middle)
        theirs.append(middle - begun)
        predictions[page["id"]] = {
            "articleBody": found.text,
            "links": [c.url_as_written for c in found.citations or [] if c.kind in COUNTED],
        }
    options.out.write_text(json.dumps(predictions), encoding="utf-8")
    mean_ours, mean_theirs = statistics.mean(ours) * 1000, statistics.mean(theirs) * 1000
    print(f"{len(pages)} pages: {mean_ours:.1f} ms each, trafilatura alone {mean_theirs:.1f} ms")
    print(f"{mean_ours / mean_theirs:.2f} times one trafilatura pass")


if __name__ == "__main__":
    main()
