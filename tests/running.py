"""The sandbox as a person runs it, from the command line, and what such a run leaves."""

import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from sandbox.run import Sandbox
from tests.forked import forked

ROOT = Path(__file__).resolve().parent.parent
HOST, USER = "own-host-of-an-archivist", "own-user-of-an-archivist"
NAMED = {
    "HOSTNAME": HOST, "USER": USER, "LOGNAME": USER, "HOME": f"/home/{USER}", "PYTHONPATH": str(ROOT / "tests" / "named_machine"),
}  # fmt: skip
"""An environment in which this machine and its user have these names: tests/test_own_traces.py looks for them."""


@dataclass
class Archived:
    """What a run left: its folder, its process with all that was printed."""

    folder: Path
    run: subprocess.CompletedProcess

    @property
    def archive(self):
        """archive.db."""
        return self.folder / "archive.db"

    def rows(self, sql, *values):
        """Return rows as dicts."""
        connection = sqlite3.connect(f"file:{self.archive}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(sql, values)]
        finally:
            connection.close()


def copy_of(archived, folder):
    """Return what a run left as it is in ``folder``, which is made: it may be changed there."""
    return Archived(Path(shutil.copytree(archived.folder, folder)), archived.run)


def in_sandbox(folder, *arguments, command="example", stdin=None):
    """Run ``python -m sandbox COMMAND ...`` with its data in ``folder``; "run", "--" and what follows: forked."""
    environment = os.environ | {"CITEKEEP_DATA": str(folder), "COLUMNS": "200", "NO_COLOR": "1"}
    if command == "run":
        return Archived(folder, _scrapy(environment, *arguments[1:], stdin=stdin))
    run = subprocess.run(
        [sys.executable, "-m", "sandbox", command, *arguments], cwd=ROOT, env=environment | NAMED,
        input=stdin, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    return Archived(folder, run)


def _scrapy(environment, command, *arguments, stdin):
    with Sandbox.in_thread() as sandbox:
        return forked(
            [sys.executable, "-m", "scrapy", command, *sandbox.scrapy_arguments(), *arguments],
            env=environment | sandbox.environment(), input=stdin, text=True, timeout=100,
        )  # fmt: skip
