"""The archivist's webhook and command: told once, whatever they answer; their secrets are in no sentence and no log."""

import http.server
import json
import logging
import sys
import threading
import time

import pytest

from citekeep import clock
from citekeep.exceptions import SettingsError
from citekeep.health import alarms
from citekeep.health.alarms import Finding
from citekeep.health.hooks import ANSWER_MAX, Hooks, tell

SECRET = "T0KEN-of-nobody"


class Hook:
    """A server that answers as a test wants: ok, error, redirect, stall (says nothing), drip (a byte at a time), flood, lie."""

    def __init__(self):
        self.answer, self.got = "ok", []

    def __enter__(self):
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.got.append((self.path, json.loads(body), self.headers["Content-Type"]))
                getattr(self, hook.answer)()

            def ok(self, status=200, **fields):
                self.send_response(status)
                for name, value in fields.items():
                    self.send_header(name, value)
                self.end_headers()

            def error(self):
                self.ok(500)

            def redirect(self):
                self.ok(307, Location=self.path + "/elsewhere")

            def stall(self):
                hook.over.wait(20)

            def drip(self):
                self.ok()
                while not hook.over.wait(0.05):
                    self.wfile.write(b"x")

            def flood(self):
                self.ok()
                try:
                    for _ in range(10_000):
                        self.wfile.write(b"x" * ANSWER_MAX)
                except OSError:
                    hook.stopped.set()

            def lie(self):
                self.wfile.write(b"\x00\xff not HTTP at all\r\n\r\n")

            def log_message(self, *_):
                pass

        self.over, self.stopped = threading.Event(), threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/{SECRET}?key={SECRET}"


@pytest.fixture
def hook():
    with Hook() as hook:
        yield hook


def found(name="feed_silent", subject="paper"):
    return Finding(name=name, subject=subject, sentence=f"{subject} says nothing.", since=clock.now())


@pytest.fixture
def connection(tmp_path):
    from citekeep import database

    connection = database.connect(tmp_path / "archive.db")
    yield connection
    connection.close()


def test_an_alarm_is_told_once_and_once_that_it_is_over(connection, hook):
    hooks = Hooks(webhook=hook.url)
    alarms.update(connection, [found(), found("disk_filling", "")])
    assert tell(connection, hooks) == []
    assert tell(connection, hooks) == []
    alarms.update(connection, [found(), found("disk_filling", "")])
    assert tell(connection, hooks) == []
    assert len(hook.got) == 1
    path, told, content_type = hook.got[0]
    assert (path, content_type) == (f"/{SECRET}?key={SECRET}", "application/json")
    assert [(one["name"], one["subject"], one["code"]) for one in told["raised"]] == [
        ("feed_silent", "paper", 19), ("disk_filling", "", 12),
    ]  # fmt: skip
    assert [one["name"] for one in told["standing"]] == ["disk_filling", "feed_silent"], "the gravest first"
    assert told["text"].startswith("ALARM feed_silent: paper says nothing.")
    alarms.update(connection, [found()])
    tell(connection, hooks)
    tell(connection, hooks)
    assert len(hook.got) == 2
    assert [(one["name"], bool(one["cleared_at"])) for one in hook.got[1][1]["cleared"]] == [("disk_filling", True)]
    alarms.update(connection, [found(), found("disk_filling", "")])
    tell(connection, hooks)
    assert [one["name"] for one in hook.got[2][1]["raised"]] == ["disk_filling"], "it came back"


@pytest.mark.parametrize("answer", ["error", "redirect", "stall", "drip", "lie"])
def test_a_webhook_that_fails_is_told_of_and_called_again_and_its_url_is_nowhere(connection, hook, answer, caplog):
    caplog.set_level(logging.DEBUG)
    hook.answer = answer
    alarms.update(connection, [found()])
    begun = time.monotonic()
    (sentence,) = tell(connection, Hooks(webhook=hook.url, timeout=1.0))
    assert time.monotonic() - begun < 15
    assert sentence.startswith("ALARM_WEBHOOK ")
    assert sentence.endswith("after the next run.")
    hook.answer = "ok"
    hook.over.set()
    assert tell(connection, Hooks(webhook=hook.url)) == []
    assert len(hook.got) == 2, "no redirect was followed, and it was told again"
    kept = "\n".join(str(row) for row in connection.execute("SELECT * FROM alarms"))
    for text in (sentence, caplog.text, kept, repr(Hooks(webhook=hook.url))):
        assert SECRET not in text


def test_an_answer_without_end_is_not_read_to_its_end(connection, hook):
    hook.answer = "flood"
    alarms.update(connection, [found()])
    assert tell(connection, Hooks(webhook=hook.url)) == []
    assert hook.stopped.wait(20)


def test_nobody_there(connection):
    alarms.update(connection, [found()])
    (sentence,) = tell(connection, Hooks(webhook=f"http://127.0.0.1:9/{SECRET}"))
    assert "ConnectError" in sentence
    assert SECRET not in sentence


def test_a_certificate_that_nobody_vouches_for_is_refused(connection, tmp_path):
    import ssl

    from sandbox.certificates import Certificates

    with Hook() as hook:
        hook.server.socket = Certificates({}).context("127.0.0.1").wrap_socket(hook.server.socket, server_side=True)
        alarms.update(connection, [found()])
        (sentence,) = tell(connection, Hooks(webhook=hook.url.replace("http:", "https:")))
        assert "ConnectError" in sentence
        assert hook.got == []
    assert ssl.create_default_context().check_hostname


def command(code, **more):
    return Hooks(command=[sys.executable, "-c", code], **more)


def test_a_command_reads_json_and_no_shell_sees_it(connection, tmp_path):
    alarms.update(connection, [found(subject="$(touch owned); `touch owned`")])
    kept = tmp_path / "told.json"
    code = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read())"
    assert tell(connection, Hooks(command=[sys.executable, "-c", code, f"{kept}"])) == []
    assert json.loads(kept.read_text())["raised"][0]["subject"] == "$(touch owned); `touch owned`"
    assert not (tmp_path / "owned").exists()
    assert connection.execute("SELECT told_at IS NULL FROM alarms").fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("code", "said"),
    [("raise SystemExit(3)", "ended with 3"), ("import time; time.sleep(60)", "did not end within 1 s and was killed")],
)
def test_a_command_that_fails_is_told_of(connection, code, said):
    alarms.update(connection, [found()])
    (sentence,) = tell(connection, command(code, timeout=1.0))
    assert said in sentence
    assert connection.execute("SELECT told_at IS NULL FROM alarms").fetchall() == [(1,)], "called again"


def test_a_command_that_is_not_there(connection):
    alarms.update(connection, [found()])
    assert tell(connection, Hooks(command=["/nowhere/at-all"])) == [
        "ALARM_COMMAND (at-all) could not be started: No such file or directory."
    ]


def test_output_without_end_is_capped(connection, caplog):
    caplog.set_level(logging.INFO)
    alarms.update(connection, [found()])
    (sentence,) = tell(connection, command("while True: print('x' * 1000)", timeout=1.0))
    assert "was killed" in sentence
    assert len(caplog.text) < 20_000


def test_one_hook_that_works_is_enough(connection, hook):
    alarms.update(connection, [found()])
    (sentence,) = tell(connection, Hooks(webhook=hook.url, command=["/nowhere/at-all"]))
    assert "ALARM_COMMAND" in sentence
    assert tell(connection, Hooks(webhook=hook.url)) == []
    assert len(hook.got) == 1


@pytest.mark.parametrize("url", [f"ftp://{SECRET}", f"{SECRET}", "http://"])
def test_a_setting_that_is_no_url_is_refused_without_being_quoted(url):
    from scrapy.settings import Settings

    with pytest.raises(SettingsError) as told:
        Hooks.of(Settings({"ALARM_WEBHOOK": url, "ALARM_TIMEOUT": 1}))
    assert "ALARM_WEBHOOK" in str(told.value)
    assert SECRET not in str(told.value)
    with pytest.raises(SettingsError, match="ALARM_COMMAND cannot be split"):
        Hooks.of(Settings({"ALARM_COMMAND": "mail 'x", "ALARM_TIMEOUT": 1}))
