"""docs/settings.md: every setting of settings.py with its value and its comment, under its section."""

from __future__ import annotations

import re
from pathlib import Path

SETTINGS = Path(__file__).resolve().parent.parent / "settings.py"
_ASSIGNMENT = re.compile(r"^([A-Z][A-Z0-9_]*)(?:: [^=]+)? = (.*?)(?:  # (.*))?$")
_SECTION = re.compile(r"^# --- (.*?) ---$")

_HEAD = """# Settings

Made from settings.py by `make docs`. Set one for a run with `-s NAME=VALUE`, for good in settings.py; where
the data lies also with the environment variable `CITEKEEP_DATA`. Scrapy's own settings that are not here
keep Scrapy's defaults."""


def settings_page() -> str:
    """Return docs/settings.md."""
    lines = [_HEAD]
    above: list[str] = []
    for line in SETTINGS.read_text(encoding="utf-8").splitlines():
        section, assignment = _SECTION.match(line), _ASSIGNMENT.match(line)
        if section:
            lines += ["", f"## {section[1][0].upper()}{section[1][1:]}"]
        elif assignment and assignment[1] not in {"ROOT", "DATA"}:
            name, value, comment = assignment.groups()
            told = " ".join(above + ([comment] if comment else []))
            shown = "see settings.py" if value.rstrip() in {"{", "["} else f"`{value}`"
            lines += ["", f"### {name}", "", f"Default: {shown}"]
            lines += ["", f"{told[0].upper()}{told[1:]}."] if told else []
        above = [*above, line[2:]] if line.startswith("# ") and not section else []
    return "\n".join(lines) + "\n"
