"""WARCs and WACZs that other programs write themselves: wget, warcio's recorder, pywb's recorder, py-wacz."""

import http.client
import http.server
import shutil
import subprocess
import threading
import urllib.error
import urllib.request

import pytest
from warc_files import article, page
from warcio.capture_http import capture_http

from tests import pywb_tools as pywb


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        origin = f"http://127.0.0.1:{self.server.server_port}"
        if self.path == "/moved":
            self.send_response(301)
            self.send_header("Location", "/report")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = article(f"{origin}/moved", f"{origin}/gone") if self.path == "/2015/article" else page("The report")
        self.send_response(404 if self.path == "/gone" else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def origin():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def urls(origin):
    return [f"{origin}/{path}" for path in ("2015/article", "moved", "gone")]


def wget(files, origin):
    if shutil.which("wget") is None:
        pytest.skip("wget is not installed")
    subprocess.run(
        ["wget", "-q", "--warc-file=crawl", "--delete-after", "--no-proxy", *urls(origin)],
        cwd=files, timeout=60, check=False,
    )  # fmt: skip
    return files / "crawl.warc.gz"


def came_in(archive, origin):
    seen = archive.rows(
        "SELECT c.requested_url, c.status, c.final_url FROM checks AS c ORDER BY CASE c.status WHEN 404 THEN 2 ELSE 1 END,"
        " c.requested_url"
    )
    assert seen == [
        (f"{origin}/2015/article", 200, f"{origin}/2015/article"),
        (f"{origin}/moved", 200, f"{origin}/report"),
        (f"{origin}/gone", 404, f"{origin}/gone"),
    ]
    assert archive.rows("SELECT count(*) FROM citations") == [(2,)]


def test_wget(archive, files, origin):
    done = archive.ingest(wget(files, origin), patterns=["127.0.0.1:*/2015/*"])
    came_in(archive, origin)
    assert (done.wrong, done.kinds["warcinfo"]) == (False, 1)
    assert archive.rows("SELECT software LIKE 'Wget%' FROM warcs") == [(1,)]
    again = archive.ingest(wget(files, origin), patterns=["127.0.0.1:*/2015/*"])
    assert again.summary.versions == 1, "another crawl is another check"


def test_warcio_records_what_a_program_asks(archive, files, origin):
    path = files / "recorded.warc.gz"
    with capture_http(str(path)):
        for url in [*urls(origin), f"{origin}/report"]:
            host, _, where = url.removeprefix("http://").partition("/")
            connection = http.client.HTTPConnection(host)
            connection.request("GET", f"/{where}")
            connection.getresponse().read()
            connection.close()
    archive.ingest(path, patterns=["127.0.0.1:*/2015/*"])
    came_in(archive, origin)


def test_py_wacz(archive, files, origin):
    tools = pywb.install("wacz-0.6.0")
    warc = wget(files, origin)
    pages = files / "pages.jsonl"
    pages.write_text(
        '{"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}\n'
        f'{{"url": "{origin}/2015/article", "ts": "2026-01-01T00:00:00Z", "title": "Article"}}\n'
    )
    made = subprocess.run(
        [str(tools / "wacz"), "create", "-c", "-o", "crawl.wacz", "-p", str(pages), str(warc)],
        cwd=files, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    done = archive.ingest(files / "crawl.wacz")
    assert done.told == []
    came_in(archive, origin)


def test_pywb_recorder(archive, files, origin):
    tools = pywb.install()
    with pywb.serving(
        tools, files / "pywb", [wget(files, origin)], config="collections:\n  live: $live\nrecorder: live\n"
    ) as at:
        for url in urls(origin):
            try:
                urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{at}/web/record/mp_/{url}").close()
            except urllib.error.HTTPError as error:
                error.close()
    recorded = sorted((files / "pywb" / "collections" / "web" / "archive").glob("rec-*.warc.gz"))
    assert recorded
    archive.ingest(*recorded, patterns=["127.0.0.1:*/2015/*"])
    came_in(archive, origin)
