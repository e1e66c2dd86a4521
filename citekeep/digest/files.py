"""The digests that runs leave in a folder, as HTML, text and JSON; the oldest go once there are too many."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from citekeep import clock
from citekeep.digest.data import Digest
from citekeep.digest.page import page_of
from citekeep.digest.text import lines_of

NAME = re.compile(r"digest-(\d{14}-\d+)\.(html|json|txt)")
FORMATS: dict[str, Callable[[Digest], str]] = {
    "html": page_of,
    "txt": lambda digest: "\n".join(lines_of(digest, items=50, empty=True)) + "\n",
    "json": lambda digest: json.dumps(digest.as_json(), ensure_ascii=False, indent=2) + "\n",
}


def write(digest: Digest, folder: Path, crawl_id: int, *, keep: int) -> None:
    """Write the digest of a run in each form, and remove those of the oldest runs beyond ``keep``. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for ending, made in FORMATS.items():
        path = folder / f"digest-{clock.stamp14(digest.from_at)}-{crawl_id}.{ending}"
        partial = path.with_name(path.name + ".partial")
        partial.write_text(made(digest), encoding="utf-8")
        partial.replace(path)
    named = [(found[1], path) for path in folder.iterdir() if (found := NAME.fullmatch(path.name))]
    runs = sorted({run for run, _ in named}, key=lambda run: (run[:14], int(run[15:])))
    gone = set(runs[: -max(1, keep)])
    for run, path in named:
        if run in gone:
            path.unlink(missing_ok=True)
