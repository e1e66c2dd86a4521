"""Nor are keys, or other passwords of this machine, where they were never meant to be: children, memory, files, archives."""

import copy
import gzip
import json
import logging
import os
import pickle
import subprocess
import sys
import traceback
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from rich.traceback import Traceback

from citekeep.exceptions import CitekeepError, SettingsError
from citekeep.wayback import keyless
from citekeep.wayback.archives import parse_archives
from citekeep.wayback.client import Client
from citekeep.wayback.keys import ACCESS, SECRET, Keys, find_keys, kept_from_children
from citekeep.wayback.spn import SavePageNow
from sandbox.http import as_json
from sandbox.run import KEYS

SECRETS = tuple(KEYS.values())
KEPT = Keys(*SECRETS)
URL = "https://site-1.test/"


def leaks(*texts):
    return [secret for secret in (*SECRETS, "proxy-password", "netrc-password") for text in texts if secret in text]


# --- in this process ---


@pytest.mark.parametrize("take", [pickle.dumps, copy.copy, copy.deepcopy, lambda keys: pickle.dumps({"keys": [keys]})])
def test_they_are_neither_pickled_nor_copied(take):
    with pytest.raises(TypeError, match="Keys stay"):
        take(KEPT)


@pytest.mark.parametrize("take", [vars, json.dumps, list, dict])
def test_nor_taken_apart(take):
    with pytest.raises(TypeError) as caught:
        take(KEPT)
    assert leaks(str(caught.value)) == []


def test_a_traceback_with_its_variables_does_not_show_them():
    def asks(keys):
        headers = {"Accept": "*/*"} | {"Authorization": keys.header()}
        assert SECRETS[1] in headers["Authorization"]
        raise ValueError(f"{headers} {keys}")

    try:
        asks(KEPT)
    except ValueError as error:
        console = Console(width=200, record=True, file=open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        console.print(Traceback(show_locals=True))
        console.file.close()
        plain = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
        shown = [console.export_text(), plain, str(error)]
    assert all("ValueError" in text or "Accept" in text for text in shown)
    assert "Authorization" in plain
    assert leaks(*shown) == []


async def test_an_answer_may_write_them_in_any_way(archive, client):
    ways = [
        "".join(f"\\u{ord(character):04x}" for character in SECRETS[1]),
        "".join(f"\\u{ord(character):04x}" if place % 2 else character for place, character in enumerate(SECRETS[0])),
        SECRETS[1],
    ]
    told = []

    async def handler(request):
        response = as_json({})
        shown = ways[len(told)]
        return replace(response, body=f'{{"status": "error", "status_ext": "error:x", "message": "{shown}"}}'.encode())

    archive.proxy.handlers = dict.fromkeys(archive.proxy.handlers, handler)
    for _ in ways:
        answered = await SavePageNow(client, KEPT).submit(URL)
        told.append(answered.message)
    assert told == ["[key]"] * 3


# --- in other processes ---


async def test_worker_processes_do_not_have_them(monkeypatch):
    """Asked in a process of its own: the server of the workers is one for all of a process's life."""
    program = (
        "import asyncio, os, sys\n"
        "from pathlib import Path\n"
        "from citekeep.workers import Workers\n"
        "async def main():\n"
        "    pool = Workers(count=1, memory_bytes=0)\n"
        "    server = await pool.run(os.getppid)\n"
        "    worker = await pool.run(os.getpid)\n"
        "    for place in (f'/proc/{server}/environ', f'/proc/{worker}/environ', f'/proc/{worker}/cmdline'):\n"
        "        sys.stdout.write((await pool.run(Path.read_bytes, Path(place))).decode('latin-1'))\n"
        f"    print(await pool.run(os.getenv, '{SECRET}'), await pool.run(os.getenv, 'MARK'))\n"
        "    await pool.close()\n"
        "asyncio.run(main())\n"
    )
    environment = os.environ | dict(zip((ACCESS, SECRET), SECRETS, strict=True)) | {"MARK": "inherited"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.endswith("None inherited\n"), done.stderr
    assert "MARK=inherited" in done.stdout
    assert leaks(done.stdout) == []


def test_kept_from_children_gives_them_back(monkeypatch):
    monkeypatch.setenv(ACCESS, SECRETS[0])
    monkeypatch.setenv(SECRET, SECRETS[1])
    with kept_from_children():
        assert subprocess.run(["env"], capture_output=True, text=True, check=True).stdout.count(SECRETS[1]) == 0
    assert find_keys(dict(os.environ)) == KEPT


@pytest.mark.skipif(sys.platform != "linux", reason="prctl(2) is Linux")
def test_who_finds_them_writes_no_core_file():
    program = (
        "import ctypes, os, resource, tempfile\n"
        "from pathlib import Path\n"
        "from citekeep.wayback.keys import find_keys\n"
        "libc = ctypes.CDLL(None)\n"
        "before = libc.prctl(3, 0, 0, 0, 0)\n"
        "assert find_keys() is not None\n"
        "print(before, libc.prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE)[0])\n"
    )
    environment = os.environ | dict(zip((ACCESS, SECRET), SECRETS, strict=True))
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["1", "0", "0"], done.stderr


# --- in files ---


def test_a_run_leaves_them_nowhere(example):
    """All that a crawl and its ledger left with keys: database, log, WARCs unpacked, indexes, and what was printed."""
    texts, saved = [example.run.stdout, example.run.stderr], 0
    for path in (path for path in example.folder.rglob("*") if path.is_file()):
        raw = path.read_bytes()
        texts.append((gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("latin-1"))
    saved = example.rows("SELECT count(*) AS n FROM saves WHERE job_id IS NOT NULL")[0]["n"]
    assert saved, "nothing was asked for with keys: this would show nothing"
    assert len(texts) > 4
    assert leaks(*texts) == []


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, True), (0o644, True)])
def test_a_file_that_others_can_read_is_said(tmp_path, caplog, mode, warned):
    path = tmp_path / "ia.ini"
    path.write_text(f"[s3]\naccess={SECRETS[0]}\nsecret={SECRETS[1]}\n[cookies]\nlogged-in-sig=netrc-password\n")
    path.chmod(mode)
    assert find_keys({"IA_CONFIG_FILE": str(path)}) == KEPT
    assert ("chmod 600" in caplog.text) is warned
    assert leaks(caplog.text) == []


def test_keys_that_cannot_be_used_are_not_replaced_by_others(tmp_path):
    path = tmp_path / "ia.ini"
    path.write_text("[s3]\naccess=another\nsecret=account\n")
    environment = {ACCESS: "a b", SECRET: "c", "IA_CONFIG_FILE": str(path)}
    assert find_keys(environment) is None


# --- what else this machine knows ---


@pytest.fixture
def netrc(tmp_path, monkeypatch):
    path = tmp_path / "netrc"
    path.write_text("machine web.archive.org login somebody password netrc-password\n")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))


@pytest.fixture
def heads(archive):
    """What the stand-in was asked with: the head of every request."""
    seen, handle = [], archive.standin.handle

    async def handler(request):
        seen.append("\n".join(f"{name}: {value}" for name, value in request.headers))
        return await handle(request)

    archive.proxy.handlers = dict.fromkeys(archive.proxy.handlers, handler)
    return seen


@pytest.mark.usefixtures("netrc")
async def test_netrc_is_not_sent(heads, standin):
    standin.jobs.seconds = 0.0
    await keyless.save(URL, "Citekeep tests")
    async with Client("Citekeep tests") as client:
        await client.ask("GET", "/save/status/system", limit=10)
    assert len(heads) >= 2
    assert not any("authorization" in head.lower() or "cookie" in head.lower() for head in heads), heads


async def test_a_proxy_s_password_goes_to_the_proxy_alone(archive, ledger, heads, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    proxy = archive.proxy_url.replace("http://", "http://somebody:proxy-password@")
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setenv("https_proxy", proxy)
    archive.standin.script(URL, "reset")
    await ledger.wish(URL, "https://site-2.test/")
    await ledger.work(seconds=7_200)
    monkeypatch.setenv("HTTPS_PROXY", "http://somebody:proxy-password@127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://somebody:proxy-password@127.0.0.1:9")
    with pytest.raises(CitekeepError) as caught:
        await keyless.save(URL, "Citekeep tests")
    files = [path.read_bytes().decode("latin-1") for path in ledger.path.parent.iterdir() if path.is_file()]
    shown = "".join(traceback.format_exception(caught.value.with_traceback(None), chain=False))
    assert heads
    assert leaks(caplog.text, shown, *files) == []
    assert not any("proxy" in head.lower() for head in heads)


@pytest.mark.parametrize(
    "entry", ["other=https://me:proxy-password@archive.test/{url}", "no name://a:proxy-password@b"]
)
def test_a_password_in_the_name_of_an_archive_is_refused_and_not_shown(entry):
    with pytest.raises(SettingsError) as caught:
        parse_archives([entry])
    assert "MEMENTO_ARCHIVES" in str(caught.value)
    assert leaks(str(caught.value)) == []


def test_no_setting_or_argument_takes_keys():
    """Else they would stand in the list of processes, in the log's list of settings and in the table of crawls."""
    root = Path(__file__).parent.parent.parent
    readers = [
        path.relative_to(root).as_posix()
        for folder in ("citekeep", "commands", "extensions", "pipelines", "spiders", "downloadhandlers")
        for path in (root / folder).rglob("*.py")
        if "Keys(" in path.read_text(encoding="utf-8")
    ]
    assert readers == ["citekeep/wayback/keys.py"]
