"""WARCs as other tools write them, made with warcio, the reference implementation."""

import gzip
import hashlib
import io
import json
import zipfile
from uuid import uuid4

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

ARTICLE = "http://news.test/2015/emigration"
CITED = "http://source.test/report"
MOVED = "http://old.test/page"
DAY = "2015-03-0{}T10:00:00Z"
FIRST = DAY.format(1)

PARAGRAPH = (
    "The ministry published its figures in the spring, and nobody who had followed the matter was surprised by what they "
    "said: more people had left the country than in any year before, and most of them were young."
)


def article(*cited, extra="", title="Who is leaving, and why"):
    """Return a page of an article that cites some URLs."""
    links = "".join(
        f'<p>{PARAGRAPH} As <a href="{url}">the report number {n}</a> says, it was so. {PARAGRAPH}</p>'
        for n, url in enumerate(cited)
    )
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title>'
        '<meta property="article:published_time" content="2015-03-01T08:00:00+00:00"></head>'
        f"<body><article><h1>{title}</h1><p>{PARAGRAPH} {extra}</p>{links}<p>{PARAGRAPH}</p></article></body></html>"
    ).encode()


def page(title, words=PARAGRAPH):
    text = f"<h1>{title}</h1><p>{words}</p><p>{words}</p>"
    return f"<!doctype html><html><head><title>{title}</title></head><body>{text}</body></html>".encode()


class Writer(WARCWriter):
    """Keeps what it spools in memory: warcio leaves its temporary files open."""

    @classmethod
    def _create_temp_file(cls):
        return io.BytesIO()


class Warc:
    """A WARC that is being made. gz: False, True (each record by itself) or "whole"."""

    def __init__(self, *, gz=True, version="1.0"):
        self.out = io.BytesIO()
        self.writer = Writer(self.out, gzip=gz is True, warc_version=version)
        self.whole = gz == "whole"

    def info(self, **fields):
        fields = {"software": "Testcrawler/1.0", "hostname": "secret-host", "operator": "A. Person"} | fields
        self.writer.write_record(self.writer.create_warcinfo_record("x.warc.gz", fields))
        return self

    def add(self, url, body=b"", *, at=FIRST, status="200 OK", kind="response", headers=(), warc=None, http=True,
            protocol="HTTP/1.1", content_type="text/html; charset=utf-8"):  # fmt: skip
        head = [("Content-Type", content_type), *headers] if content_type else list(headers)
        record = self.writer.create_warc_record(
            url, kind, payload=io.BytesIO(body), warc_headers_dict={"WARC-Date": at} | (warc or {}),
            http_headers=StatusAndHeaders(status, head, protocol=protocol) if http else None,
            warc_content_type="" if http else content_type,
        )  # fmt: skip
        self.writer.write_record(record)
        return record.rec_headers.get_header("WARC-Record-ID")

    def revisit(self, url, digest, *, at, refers_to=None, refers_at=None, warc=None):
        refers = {"WARC-Refers-To-Target-URI": refers_to, "WARC-Refers-To-Date": refers_at}
        named = (
            {name: value for name, value in refers.items() if value} | {"WARC-Payload-Digest": digest} | (warc or {})
        )
        block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
        return self.raw("revisit", url, block, at=at, warc=named)

    def raw(self, kind, url, block, *, at=FIRST, record_id=None, content_type="application/http", warc=None):
        """Add a record as it is, for what warcio would not write."""
        record_id = record_id if record_id is not None else f"<urn:uuid:{uuid4()}>"
        fields = {"WARC-Type": kind, "WARC-Record-ID": record_id, "WARC-Target-URI": url, "WARC-Date": at,
                  "Content-Type": content_type, "Content-Length": str(len(block))} | (warc or {})  # fmt: skip
        head = "WARC/1.0\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value) + "\r\n"
        data = head.encode() + block + b"\r\n\r\n"
        self.out.write(gzip.compress(data) if self.writer.gzip else data)
        return record_id

    def bytes(self):
        if not self.whole:
            return self.out.getvalue()
        return gzip.compress(self.out.getvalue())

    def write(self, path):
        path.write_bytes(self.bytes())
        return path


def wacz(path, warcs, pages, *, sums=None, more=()):
    """Write a WACZ as py-wacz lays it out. warcs: {name: bytes}. pages: dicts of pages.jsonl."""
    members = {f"archive/{name}": data for name, data in warcs.items()}
    lines = [{"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}, *pages]
    members["pages/pages.jsonl"] = "\n".join(map(json.dumps, lines)).encode()
    resources = []
    for name, data in members.items():
        digest = (sums or {}).get(name) or f"sha256:{hashlib.sha256(data).hexdigest()}"
        resources.append({"name": name.rpartition("/")[2], "path": name, "hash": digest, "bytes": len(data)})
    package = json.dumps({"profile": "data-package", "resources": resources, "wacz_version": "1.1.1"}).encode()
    members["datapackage.json"] = package
    members["datapackage-digest.json"] = json.dumps(
        {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(package).hexdigest()}"}
    ).encode()
    members |= dict(more)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def usual(gz=True, **more):
    """A crawl of one article and two of its three sources, one of them behind a redirect; and what nobody cites."""
    made = Warc(gz=gz, **more).info()
    made.add(CITED, page("The report"), at=DAY.format(2))  # before the article, in the file
    made.add(ARTICLE, article(CITED, MOVED, "http://gone.test/x"), at=DAY.format(1))
    made.add(MOVED, b"", status="301 Moved Permanently", headers=[("Location", "/new")], at=DAY.format(2))
    made.add("http://old.test/new", page("Moved here"), at=DAY.format(2))
    made.add("http://news.test/style.css", b"a{}", content_type="text/css")
    made.add("http://news.test/about", page("About us"))
    return made
