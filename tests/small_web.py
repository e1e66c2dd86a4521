"""A few sites on loopback, a run of a spider against them from the command line, and what it left in archive.db."""

import http.server
import os
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

from tests.forked import forked

ROOT = Path(__file__).resolve().parents[1]

TEXT = """The council closed the bridge on Monday after engineers had found cracks in two of its piers, and said that it
would stay closed until spring. Ferries carry passengers across the river from six in the morning until midnight."""


class Web:
    """Sites on one port: pages by (host, path), each (body, header fields[, status]) or what gives that.

    asked: what was asked for, with its header fields. clock: and when. open: answers only while it is set.
    """

    def __init__(self):
        self.pages, self.asked, self.clock, self.open = {}, [], [], threading.Event()
        self.open.set()

    def __enter__(self):
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                key = (self.headers["Host"].partition(":")[0], self.path)
                web.asked.append((*key, dict(self.headers)))
                web.clock.append((*key, time.monotonic()))
                web.open.wait(60)
                found = web.pages.get(key, (None, {}))
                body, fields, status = (*(found() if callable(found) else found), 200)[:3]
                same = body is not None and fields.get("ETag") and self.headers["If-None-Match"] == fields["ETag"]
                fields = dict(fields)
                self.send_response(fields.pop("status", 404 if body is None else 304 if same else status))
                content = b"" if body is None or same else body.encode() if isinstance(body, str) else body
                for name, value in fields.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def article(self, path, *cited, host="www.paper.test", text=TEXT):
        links = "".join(f"<p>{text} As <a href='{url}'>the report</a> says, it is old.</p>" for url in cited)
        html = f"<html lang=en><title>{path}</title><body><article><h1>{path}</h1><p>{text}</p>{links}</article></body>"
        self.pages[host, path] = (html, {"Content-Type": "text/html"})

    def feed(self, *paths, etag):
        items = "".join(
            f"<item><title>{path}</title><link>{path}</link><pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate></item>"
            for path in paths
        )
        fields = {"Content-Type": "application/rss+xml", "ETag": etag}
        self.pages["www.paper.test", "/rss"] = (f"<rss><channel><title>P</title>{items}</channel></rss>", fields)

    def times(self, host, path):
        """Return when a page was asked for."""
        return [at for *key, at in self.clock if key == [host, path]]

    def paths(self):
        found = [(host, path) for host, path, _ in self.asked if path != "/robots.txt"]
        self.asked.clear()
        return sorted(found)


def crawl(folder, web, *arguments, spider="feed", code=0, wait=True, **more):
    """Run a spider with its data in ``folder``; more: settings. Without ``wait`` return its process."""
    settings = {
        "CONNECT_TO": f'{{"*.test": "127.0.0.1:{web.port}"}}', "ADDRESS_GUARD_ALLOW": f"*.test:{web.port}",
        "DOWNLOAD_DELAY": "0", "SNAPSHOTS_ENABLED": "0", "EXTRACT_WORKERS": "1", "PROBES_ENABLED": "0", "REQUISITES_ENABLED": "0",
        **more,
    }  # fmt: skip
    parts = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    command = [sys.executable, "-m", "scrapy", "crawl", spider, *arguments, *parts]
    environment = os.environ | {"CITEKEEP_DATA": str(folder), "COLUMNS": "200"}
    if not wait:
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )  # fmt: skip
    run = forked(command, cwd=ROOT, env=environment, text=True, timeout=110)
    assert run.returncode == code, run.stdout + run.stderr
    return run


def ask(folder, sql):
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        return connection.execute(sql).fetchall()


DUE = "UPDATE links SET next_check_at = '2026-01-01T00:00:00Z' WHERE next_check_at IS NOT NULL"


def later(folder, change=DUE):
    """Make everything that will be due, due: a day goes by; or change the archive otherwise."""
    with closing(sqlite3.connect(folder / "archive.db")) as connection, connection:
        connection.execute(change)
