"""docs/licences.md: every package that uv.lock names, its licence, and whether that is compatible with Citekeep's own.

What licence a package has stands in docs/licences.toml, as SPDX writes it, so that the page is the same on every machine;
tests/test_licences.py holds it to what the installed packages say of themselves. ``python -m docs.licences`` prints the
entries that are missing, as far as the packages are installed.
"""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OURS = "Apache-2.0"

PERMISSIVE = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CNRI-Python", "ISC", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0",
    "LicenseRef-Public-Domain", "Unlicense", "ZPL-2.1", "Zlib",
}  # fmt: skip
"""Ask for their text to be kept, no more (the Apache Software Foundation's category A, and the like)."""

WEAK_COPYLEFT = {"LGPL-2.1-or-later", "LGPL-3.0-or-later", "MPL-2.0"}
"""Compatible as long as the package is a library of its own, installed from its index and unchanged, as all of these are."""

_GROUPS = {
    "": "a run",
    "sandbox": "the sandbox and the tests",
    "dev": "the tests",
    "fuzz": "fuzzing",
    "browse": "make browse",
}
_WORDS = (
    (r"\bapache\b", "Apache-2.0"),
    (r"2-clause", "BSD-2-Clause"),
    (r"\bbsd\b", "BSD-3-Clause"),
    (r"\bmpl\b|mozilla public", "MPL-2.0"),
    (r"\blgpl|lesser general", "LGPL-3.0-or-later"),
    (r"\bmit\b", "MIT"),
    (r"python software foundation|psf", "PSF-2.0"),
    (r"public domain", "LicenseRef-Public-Domain"),
    (r"\bisc\b", "ISC"),
)
"""What older metadata calls a licence, and its name in SPDX; classifiers do not tell the versions of BSD and LGPL apart."""


def lock() -> dict[str, Any]:
    """Return uv.lock's packages by name, our own left out."""
    with (ROOT / "uv.lock").open("rb") as stream:
        return {
            package["name"]: package for package in tomllib.load(stream)["package"] if package["name"] != "citekeep"
        }


def entries() -> dict[str, str]:
    """Return {package: SPDX expression} of docs/licences.toml."""
    with (ROOT / "docs" / "licences.toml").open("rb") as stream:
        return dict(tomllib.load(stream))


def verdict(expression: str) -> str | None:
    """Return "permissive" or "weak copyleft", None for a licence that is neither: such a package cannot be used.

    Of alternatives (OR) the freest counts, of parts (AND) each; brackets are not understood, so None.
    """
    found = [_all(choice.split(" AND ")) for choice in expression.split(" OR ")]
    return "permissive" if "permissive" in found else "weak copyleft" if "weak copyleft" in found else None


def _all(names: list[str]) -> str | None:
    if any(name.strip() not in PERMISSIVE | WEAK_COPYLEFT for name in names):
        return None
    return "permissive" if all(name.strip() in PERMISSIVE for name in names) else "weak copyleft"


def said(name: str) -> set[str] | None:
    """Return what licences an installed package says it has (SPDX); empty where it says nothing, None if not installed."""
    try:
        found: Distribution = distribution(name)
    except PackageNotFoundError:
        return None
    metadata: Any = found.metadata
    expression = metadata.get("License-Expression")
    if expression:
        return set(re.split(r" (?:OR|AND) ", expression))
    texts = [classifier for classifier in metadata.get_all("Classifier") or [] if classifier.startswith("License")]
    lines = (metadata.get("License") or "").strip().splitlines()
    texts += lines[:1] if len(lines) == 1 else []
    names = {next((spdx for pattern, spdx in _WORDS if re.search(pattern, text.lower())), text) for text in texts}
    return names - {"License :: DFSG approved", "License :: OSI Approved", "UNKNOWN"}


def direct() -> dict[str, tuple[str, str]]:
    """Return {package: (group, why)} of pyproject.toml: the reason is the comment behind it."""
    group, found = "", {}
    for line in (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines():
        heading = re.match(r"(\w+) = \[$", line)
        group = heading[1].replace("dependencies", "") if heading else group
        package = re.match(r'    "([A-Za-z0-9._-]+?)[<>=!~].*?",(?:\s+#\s*(.*))?$', line)
        if package and group in _GROUPS:
            found[package[1].lower().replace("_", "-")] = (group, (package[2] or "").strip())
    return found


def licences_page() -> str:
    """Return docs/licences.md."""
    known, asked = entries(), direct()
    lines = [
        "# Licences", "",
        f"Citekeep's own licence is {OURS}. These are all the packages that uv.lock names, for every platform and every",
        "group, with their licences. Permissive ones ask for their text to be kept. Of weak copyleft ones (LGPL, MPL) a",
        "package may be used as a library of its own, as it is: Citekeep changes none and ships none, `make` installs them",
        "from their index. A licence that is neither, or is not known, fails the tests.", "",
        "## Asked for by Citekeep", "",
        "| package | licence | used by | why |", "|---|---|---|---|",
        *(f"| {name} | {known[name]} | {_GROUPS[group]} | {why} |" for name, (group, why) in sorted(asked.items())), "",
        "## Asked for by these", "",
        "| package | licence | |", "|---|---|---|",
        *(f"| {name} | {known[name]} | {verdict(known[name])} |" for name in sorted(lock()) if name not in asked), "",
    ]  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    """Print the entries that docs/licences.toml lacks, and those it has too many of."""
    known, locked = entries(), lock()
    for name in sorted(set(locked) - set(known)):
        names = said(name)
        print(f'{name} = "{" OR ".join(sorted(names)) if names else "?"}"')
    for name in sorted(set(known) - set(locked)):
        print(f"# {name}: no longer in uv.lock")


if __name__ == "__main__":
    main()
