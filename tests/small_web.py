"""Sites on one port of loopback, as dicts, and real crawls of them: the project's own settings, in a subprocess."""

import http.server
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Web:
    """pages: {(host, path): (str or bytes, header fields)}; asked: what was asked, with its header fields. open: answers
    only while it is set.
    """

    def __init__(self):
        self.pages, self.asked, self.open = {}, [], threading.Event()
        self.open.set()

    def __enter__(self):
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                key = (self.headers["Host"].partition(":")[0], self.path)
                web.asked.append((*key, dict(self.headers)))
                web.open.wait(60)
                body, fields = web.pages.get(key, (None, {}))
                same = body is not None and fields.get("ETag") and self.headers["If-None-Match"] == fields["ETag"]
                fields = dict(fields)
                self.send_response(fields.pop("status", 404 if body is None else 304 if same else 200))
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

    def paths(self):
        """Return what was asked since the last call, robots.txt left out, sorted."""
        found = [(host, path) for host, path, _ in self.asked if path != "/robots.txt"]
        self.asked.clear()
        return sorted(found)


def crawl(folder, web, *arguments, spider="feed", code=0, **more):
    """Run ``scrapy crawl`` on what the web has; more: settings."""
    settings = {
        "CONNECT_TO": f'{{"*.test": "127.0.0.1:{web.port}"}}', "ADDRESS_GUARD_ALLOW": f"*.test:{web.port}",
        "DOWNLOAD_DELAY": "0", "SNAPSHOTS_ENABLED": "0", "EXTRACT_WORKERS": "1", "PROBES_ENABLED": "0", "REQUISITES_ENABLED": "0",
        **more,
    }  # fmt: skip
    settings = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", spider, *arguments, *settings],
        cwd=ROOT, env=os.environ | {"CITEKEEP_DATA": str(folder)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done


def ask(folder, sql):
    """Return the rows of archive.db that a question finds."""
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        return connection.execute(sql).fetchall()
