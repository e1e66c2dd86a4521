"""`python -m sandbox`: a child with the right settings and environment, its exit code, its signals."""

import asyncio
import json
import os
import signal
import subprocess
import sys

import pytest

from sandbox.run import ARTICLE, KEYS, ROOT, Sandbox

SANDBOX = [sys.executable, "-m", "sandbox"]


def test_settings_name_every_host_and_only_our_own_ports(sandbox):
    settings = sandbox.scrapy_settings()
    ports = {target.rpartition(":")[2] for target in settings["CONNECT_TO"].values()}
    assert all(target.startswith("127.0.0.1:") for target in settings["CONNECT_TO"].values())
    assert {entry.rpartition(":")[2] for entry in settings["ADDRESS_GUARD_ALLOW"]} >= ports
    assert all(entry.startswith("*.test:") for entry in settings["ADDRESS_GUARD_ALLOW"])
    assert "www.volga-observer.test:443" in settings["CONNECT_TO"]
    assert "no-such-host.test:80" not in settings["CONNECT_TO"]


def test_arguments_are_the_settings(sandbox):
    arguments = sandbox.scrapy_arguments()
    given = dict(argument.split("=", 1) for argument in arguments[1::2])
    assert set(arguments[::2]) == {"-s"}
    assert json.loads(given["CONNECT_TO"]) == sandbox.scrapy_settings()["CONNECT_TO"]
    assert given["ADDRESS_GUARD_ALLOW"].split(",") == sandbox.scrapy_settings()["ADDRESS_GUARD_ALLOW"]


def test_the_environment_holds_keys_that_open_nothing_or_none(sandbox):
    with_keys, without = sandbox.environment(), sandbox.environment(keys=False)
    assert {name: with_keys[name] for name in KEYS} == KEYS
    assert all(without[name] == "" for name in KEYS)
    assert with_keys["NO_PROXY"] == ""
    assert with_keys["SSL_CERT_FILE"] == str(sandbox.ca_bundle)


def test_the_exit_code_of_scrapy_is_passed_on():
    run = subprocess.run(
        [*SANDBOX, "run", "--", "settings", "--get", "SITES_ONLY"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (run.returncode, run.stdout.strip()) == (0, "*.test")
    run = subprocess.run([*SANDBOX, "run", "--", "no-such-command"], cwd=ROOT, capture_output=True, timeout=60)
    assert run.returncode == 2


def test_the_table_is_shown():
    shown = subprocess.run([*SANDBOX, "hosts"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "http://no-such-host.test/page" in shown
    assert "nxdomain" in shown


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_serve_says_where_it_is_and_ends_on_a_signal(number):
    child = await asyncio.create_subprocess_exec(
        *SANDBOX, "serve", cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    said = await asyncio.wait_for(child.stdout.readuntil(b"Ctrl-C"), 30)
    assert ARTICLE.encode() in said
    child.send_signal(number)
    _, errors = await asyncio.wait_for(child.communicate(), 30)
    assert (child.returncode, errors) == (0, b"")


async def test_a_signal_reaches_the_child_once(tmp_path):
    """Scrapy takes a second signal for "at once, unclean", so exactly one has to arrive."""
    spy = (
        "import asyncio, signal, sys\n"
        "from sandbox import __main__ as command\n"
        "sys.executable = sys.argv[1]\n"
        "sys.exit(asyncio.run(command.run_scrapy([], keys=False)))\n"
    )
    scrapy = tmp_path / "python"
    scrapy.write_text(
        f"#!{sys.executable}\n"
        "import signal, sys, time\n"
        "count = 0\n"
        "def note(*_):\n"
        "    global count\n"
        "    count += 1\n"
        "    signal.setitimer(signal.ITIMER_REAL, 0.3)\n"
        "signal.signal(signal.SIGINT, note)\n"
        "signal.signal(signal.SIGALRM, lambda *_: sys.exit(40 + count))\n"
        "print('ready', flush=True)\n"
        "while True: time.sleep(60)\n"
    )
    scrapy.chmod(0o755)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", spy, str(scrapy), cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True
    )
    assert await asyncio.wait_for(child.stdout.readline(), 30) == b"ready\n"
    # As a terminal does on Ctrl-C: to the whole foreground group.
    os.killpg(child.pid, signal.SIGINT)
    assert await asyncio.wait_for(child.wait(), 30) == 41


def test_a_sandbox_that_cannot_start_says_so(tmp_path):
    with pytest.raises(FileNotFoundError), Sandbox.in_thread(tmp_path / "nowhere"):
        pass
