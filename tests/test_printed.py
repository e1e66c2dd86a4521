"""Commands whose output cannot be written: to a full disk, or to a pipe that nobody reads any more."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from citekeep import database

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("command", [("due", "--status"), ("schedule",)])
def test_a_full_disk_is_one_sentence_and_a_reader_who_left_none(tmp_path, command):
    database.connect(tmp_path / "archive.db").close()
    line = [sys.executable, "-m", "scrapy", *command]
    named = {"cwd": ROOT, "env": os.environ | {"CITEKEEP_DATA": str(tmp_path)}, "text": True, "check": False}
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(line, **named, stdout=full, stderr=subprocess.PIPE)
    assert (run.returncode, run.stderr) == (
        1, "What was to be printed could not be written: No space left on device.\n"
    )  # fmt: skip
    read, write = os.pipe()
    os.close(read)
    run = subprocess.run(line, **named, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert (run.returncode, run.stderr) == (1, "")


def test_other_errors_are_told_as_ever():
    program = "import commands, sys; open('no-such-file') if sys.argv[1] == 'file' else 1 / 0"
    for what, error in (("file", "FileNotFoundError"), ("sum", "ZeroDivisionError")):
        run = subprocess.run(
            [sys.executable, "-c", program, what], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert (run.returncode, error in run.stderr, "Traceback" in run.stderr) == (1, True, True)
