"""The line of progress, on a terminal and off it."""

import os
import pty
import re
import select
import subprocess
import sys
import time

from tests.running import ROOT

COMMAND = [
    sys.executable, "-m", "sandbox", "example", "--", "-s", "SNAPSHOTS_ENABLED=0", "-s", "DOWNLOAD_DELAY=0.7",
]  # fmt: skip


def on_a_terminal(folder, **environment):
    """Return all that the example prints on a terminal of 200 columns, and its exit code."""
    terminal, other = pty.openpty()
    environment |= {"CITEKEEP_DATA": str(folder), "COLUMNS": "200", "TERM": "xterm"}
    process = subprocess.Popen(
        COMMAND, cwd=ROOT, env=os.environ | environment, stdin=other, stdout=other, stderr=other, start_new_session=True
    )
    os.close(other)
    printed, end = b"", time.monotonic() + 60
    while time.monotonic() < end and select.select([terminal], [], [], 60)[0]:
        try:
            part = os.read(terminal, 65_536)
        except OSError:  # the other side is closed
            break
        printed += part
    os.close(terminal)
    return printed.decode("utf-8", "replace"), process.wait(10)


def test_on_a_terminal_a_line_tells_what_is_done_what_waits_and_where_there_is_trouble(tmp_path):
    printed, code = on_a_terminal(tmp_path)
    assert code == 0, printed
    lines = re.findall(r"\d+ checked · \d+ waiting · \d+ with trouble[^\r\n\x1b]*", printed)
    counts = [int(line.split()[0]) for line in lines]
    assert len(set(counts)) > 1, printed[:2000]
    assert counts == sorted(counts)
    assert "www.uralwire.test" in lines[-1], "the last line holds all that gave trouble, however slow the machine"
    assert "\x1b[32m" in printed or "\x1b[31m" in printed
    last = printed.rindex("with trouble")
    assert "\x1b[2K" in printed[last:], "the line is wiped, the table stands alone"


def test_no_color_leaves_the_colours_out(tmp_path):
    printed, code = on_a_terminal(tmp_path, NO_COLOR="1")
    assert code == 0, printed
    assert not re.search(r"\x1b\[[\d;]*3[1-7]m", printed)


def test_off_a_terminal_it_is_quiet(example):
    assert "waiting ·" not in example.run.stderr + example.run.stdout
