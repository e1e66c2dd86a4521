"""The keys are in no log, no database, no error and no WARC, whatever is answered, even where it shows them."""

import logging
import subprocess
import sys

import pytest

from citekeep.wayback.keys import Keys
from sandbox.http import Request, Response, as_json, html
from sandbox.run import KEYS

URLS = [f"https://site-{n}.test/" for n in range(6)]
KEPT_FROM = tuple(KEYS.values())


def echo(status, kind):
    """Answer every submission with what it was asked with."""

    def answer(request: Request) -> Response:
        shown = "\n".join(f"{name}: {value}" for name, value in request.headers)
        if kind == "html":
            return html(f"<pre>{shown}</pre>", status=status)
        told = {"status": "error", "status_ext": f"error:{shown}", "message": shown, "job_id": None}
        return as_json(told, status=status, headers=[("Retry-After", shown.replace("\n", " "))])

    return answer


def leaks(*texts):
    """Return the secrets that some text holds."""
    return [key for key in KEPT_FROM for text in texts if key in text]


@pytest.mark.parametrize("kind", ["html", "json"])
@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 429, 500, 520])
async def test_an_answer_that_shows_them_is_kept_without_them(archive, ledger, caplog, status, kind):
    caplog.set_level(logging.DEBUG)
    shown = []

    async def handler(request):
        if request.path == "/save" or request.path.startswith("/save/status"):
            shown.append(request.header("Authorization"))
            if request.path != "/save/status/user" or status != 200:
                return echo(status, kind)(request)
        return await archive.standin.handle(request)

    archive.proxy.handlers = dict.fromkeys(archive.proxy.handlers, handler)
    await ledger.wish(*URLS[:2])
    summary = await ledger.work(seconds=7_200)
    assert shown
    assert all(key in shown[0] for key in KEPT_FROM)
    files = [path.read_bytes().decode("latin-1") for path in ledger.path.parent.iterdir() if path.is_file()]
    assert leaks(caplog.text, repr(summary), repr(list(archive.log)), *files) == []


async def test_nor_do_faults_of_any_kind_show_them(archive, standin, ledger, caplog):
    caplog.set_level(logging.DEBUG)
    faults = [("reset", {}), ("status", {"status": 502}), ("refuse", {"code": "error:x"}), ("error", {}), ("lost", {})]
    for url, (mode, options) in zip(URLS, faults, strict=False):
        standin.script(url, mode, **options)
    await ledger.wish(*URLS)
    await ledger.work(seconds=3 * 3_600)
    files = [path.read_bytes().decode("latin-1") for path in ledger.path.parent.iterdir() if path.is_file()]
    assert len(files) >= 2
    assert leaks(caplog.text, *files) == []


async def test_they_go_to_one_host_and_path_alone(archive, ledger):
    seen = []

    async def handler(request):
        if request.header("Authorization"):
            seen.append((request.scheme, request.host, request.path.split("/")[1]))
        return await archive.standin.handle(request)

    archive.proxy.handlers = dict.fromkeys(archive.proxy.handlers, handler)
    await ledger.wish(*URLS)
    await ledger.work(seconds=1_800)
    assert set(seen) == {("https", "web.archive.org", "save")}


def test_a_traceback_does_not_show_them():
    program = (
        "from citekeep.wayback.keys import Keys\n"
        "keys = Keys('traced-access', 'traced-secret')\n"
        "raise ValueError(f'{keys} {keys!r} {[keys]} {vars}')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    shown = done.stderr.replace(program, "").split("ValueError")[-1]
    assert "Keys(hidden)" in shown
    assert "traced-secret" not in shown


def test_keys_that_cannot_stand_in_a_header_are_none():
    from citekeep.wayback.keys import find_keys

    for bad in ("a\r\nX: y", "a b", "ключ", "\x00"):
        assert find_keys({"IA_ACCESS_KEY_ID": bad, "IA_SECRET_ACCESS_KEY": "s", "IA_CONFIG_FILE": "/nowhere"}) is None
    assert Keys("access-key", "secret-key").blacked_out(b"LOW access-key:secret-key") == b"LOW [key]:[key]"
