"""``python -m benchmarks.passages [PAIRS.toml]``: how often the answer about a citation's words is a reader's.

The pairs are those of tests/passages/pairs.toml unless a file of the same form is named.
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from citekeep.passages import Answer, Cited, Shown, compare

PAIRS = Path(__file__).resolve().parent.parent / "tests" / "passages" / "pairs.toml"


def read(path: Path = PAIRS) -> list[dict[str, Any]]:
    """Return the pairs of a file, each with its page."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return [pair | {"shown": data["page"][pair["page"]] if "page" in pair else pair} for pair in data["pair"]]


def answer_to(pair: Mapping[str, Any]) -> Answer:
    """Return what is answered to a pair."""
    shown = pair["shown"]
    named = {"around": shown.get("around", ""), "language": shown.get("language")}
    cited = Cited(sentence=pair["sentence"], anchor=pair["anchor"], language=pair["language"])
    return compare(cited, Shown(text=shown["text"], **named))


def score(pairs: Iterable[Mapping[str, Any]]) -> tuple[float, Counter[tuple[str, str]]]:
    """Return the share of answers that are right, and how often each answer was given for each that is right."""
    confusion = Counter((pair["answer"], answer_to(pair).answer) for pair in pairs)
    return sum(n for (right, given), n in confusion.items() if right == given) / confusion.total(), confusion


def main() -> None:
    """Print the score, and each answer that is wrong."""
    pairs = read(Path(sys.argv[1]) if len(sys.argv) > 1 else PAIRS)
    share, confusion = score(pairs)
    for pair in pairs:
        given = answer_to(pair)
        if given.answer != pair["answer"]:
            print(f"{pair['answer']}, answered {given.answer} (missing {given.missing}): {pair['sentence']}")
    print(f"{len(pairs)} pairs, {share:.3f} right; {dict(confusion)}")


if __name__ == "__main__":
    main()
