"""The lines for cron and systemd: each starts what it names, from any folder."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from citekeep import timetable
from tests.forked import forked

ROOT = Path(__file__).resolve().parents[2]


def schedule(*arguments, data):
    return forked(
        [sys.executable, "-m", "scrapy", "schedule", *arguments],
        cwd=ROOT, env=os.environ | {"CITEKEEP_DATA": str(data)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_what_cron_would_run_runs(tmp_path):
    data = tmp_path / "a b's"
    data.mkdir()
    told = schedule("--every", "6h", "--for", "2h", data=data)
    assert told.returncode == 0, told.stderr
    line, health = told.stdout.splitlines()[-2:]
    assert health == line.replace("7 */6 * * *", "47 6 * * *").replace("due --for 2h", "health")
    assert line.startswith("7 */6 * * * cd ")
    command = line.split(" ", 5)[5].replace(r"\%", "%")
    done = subprocess.run(
        ["/bin/sh", "-c", command.replace("--for 2h", "--dry-run")],
        cwd="/", env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "There is no archive.db yet" in done.stderr, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
@pytest.mark.parametrize("every", timetable.EVERY)
def test_systemd_takes_the_units(tmp_path, every):
    units = timetable.systemd(ROOT, tmp_path / '50% "off" $HOME', every=every, duration="50m")
    parts = re.split(r"# ~/\.config/systemd/user/(.*)\n", units)[1:]
    files = dict(zip(parts[::2], parts[1::2], strict=True))
    assert [*files] == ["citekeep.service", "citekeep.timer", "citekeep-health.service", "citekeep-health.timer"]
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / name) for name in files)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "citekeep" not in done.stderr, done.stderr


def test_a_dollar_means_itself_where_systemd_expands_nothing(tmp_path):
    units = timetable.systemd(ROOT, tmp_path / "my $dir", every="6h", duration="50m")
    assert f'Environment="CITEKEEP_DATA={tmp_path}/my $dir"' in units
    assert "$$" not in units


def test_each_form_can_be_run_as_often_as_is_offered(tmp_path):
    for every in timetable.EVERY:
        assert timetable.crontab(ROOT, tmp_path, every=every, duration="5m")
        assert timetable.systemd(ROOT, tmp_path, every=every, duration="5m")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("launchd",), "takes cron or systemd"), (("--for", "x"), "no time"), (("--for", "2h"), "longer than --every"),
     (("--every", "7m"), "invalid choice")],
)  # fmt: skip
def test_bad_input(tmp_path, arguments, said):
    done = schedule(*arguments, data=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr + done.stdout
