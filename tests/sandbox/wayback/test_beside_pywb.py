"""The stand-in and pywb, side by side over the same captures: where both can answer, they answer alike."""

import io
import re
import warnings
from contextlib import asynccontextmanager

import httpx2
import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from sandbox.alone import alone
from sandbox.wayback.captures import Capture
from sandbox.wayback.clock import Clock, http_date, seconds_of
from tests.pywb_tools import install, serving

CONFIG = "framed_replay: false\nenable_memento: true\nredirect_to_exact: true\n"
HTML = [("Content-Type", "text/html; charset=utf-8")]
PAGE, OTHER, BINARY, GONE = (
    "https://example.test/page",
    "https://example.test/page/below?b=2&a=1",
    "https://files.example.test/a.bin",
    "http://www.example.test/gone",
)
HELD = [
    *(Capture(url=PAGE, timestamp=stamp, body=f"<body>Проба {stamp}</body>".encode(), headers=HTML)
      for stamp in ("20190101000000", "20200615103000", "20210101000000")),
    Capture(url=OTHER, timestamp="20200101000000", body=b"<body>below</body>", headers=HTML),
    Capture(url=BINARY, timestamp="20200101000000", body=bytes(range(256)) * 40, mime="application/octet-stream",
            headers=[("Content-Type", "application/octet-stream")]),
    Capture(url=GONE, timestamp="20220301000000", status=404, body=b"<h1>gone</h1>", headers=HTML),
]  # fmt: skip


def warc(path):
    """Write the captures as a WARC, as an archive would hold them."""
    with path.open("wb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # warcio leaves its temporary files to the collector
        writer = WARCWriter(file, gzip=True)
        for held in HELD:
            head = StatusAndHeaders(f"{held.status} Whatever", held.headers, protocol="HTTP/1.1")
            date = f"{held.timestamp[:4]}-{held.timestamp[4:6]}-{held.timestamp[6:8]}T{held.timestamp[8:10]}"
            writer.write_record(
                writer.create_warc_record(
                    held.url,
                    "response",
                    payload=io.BytesIO(held.body),
                    http_headers=head,
                    warc_headers_dict={"WARC-Date": f"{date}:{held.timestamp[10:12]}:{held.timestamp[12:]}Z"},
                )
            )
    return path


@pytest.fixture(scope="module")
def pywb(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pywb")
    with serving(install(), folder / "site", [warc(folder / "held.warc.gz")], config=CONFIG) as address:
        yield address


@asynccontextmanager
async def asking(folder, certificates, pywb):
    async with alone(folder, certificates, Clock(seconds_of("20261101"))) as archive:
        for held in HELD:
            archive.standin.captures.add(held)
        options = {"trust_env": False, "timeout": 20}
        async with (
            httpx2.AsyncClient(proxy=archive.proxy_url, verify=archive.tls(), **options) as one,
            httpx2.AsyncClient(**options) as other,
        ):

            async def both(path, at_pywb=None, **named):
                return (
                    await one.get("https://web.archive.org" + path, **named),
                    await other.get(pywb + (at_pywb or path), **named),
                )

            yield both


@pytest.fixture
async def both(tmp_path, certificates, pywb):
    async with asking(tmp_path, certificates, pywb) as ask:
        yield ask


@pytest.mark.parametrize("held", HELD, ids=lambda held: f"{held.timestamp} {held.url}")
async def test_a_capture_read_back_is_the_same_bytes(both, held):
    ours, theirs = await both(f"/web/{held.timestamp}id_/{held.url}")
    assert ours.content == theirs.content == held.body
    assert ours.status_code == theirs.status_code == held.status
    assert ours.headers["Memento-Datetime"] == theirs.headers["Memento-Datetime"] == http_date(held.timestamp)


@pytest.mark.parametrize("stamp", ["2018", "20190401", "20191231", "20200801000000", "2025"])
async def test_another_time_leads_to_the_same_capture(both, stamp):
    ours, theirs = await both(f"/web/{stamp}id_/{PAGE}")
    assert (ours.status_code, theirs.status_code) == (302, 307)
    found = [re.search(r"/web/(\d{14})id_/", answer.headers["Location"])[1] for answer in (ours, theirs)]
    assert found[0] == found[1]


async def test_the_timegate_leads_to_the_same_capture(both):
    for wanted in ("20190301000000", "20200801000000", "20220101000000"):
        ours, theirs = await both(f"/web/{PAGE}", headers={"Accept-Datetime": http_date(wanted)})
        stamps = [re.search(r"/web/(\d{14})", answer.headers["Location"])[1] for answer in (ours, theirs)]
        assert stamps[0] == stamps[1]


async def test_what_was_never_archived_is_404(both):
    ours, theirs = await both("/web/2020id_/https://example.test/never")
    assert ours.status_code == theirs.status_code == 404


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        (PAGE, {}),
        ("http://www.EXAMPLE.test:80/page/", {}),
        ("https://example.test/page/below?a=1&b=2", {}),
        (PAGE, {"limit": "2"}),
        (PAGE, {"sort": "reverse"}),
        (PAGE, {"from": "2020", "to": "2020"}),
        (PAGE, {"to": "20200615"}),
        (PAGE, {"filter": "mimetype:text/html"}),
        (GONE, {"filter": "statuscode:404"}),
        ("https://example.test/page", {"matchType": "prefix"}),
        ("example.test", {"matchType": "host"}),
        ("example.test", {"matchType": "domain"}),
        ("https://example.test/never", {}),
    ],
)
async def test_the_index_lists_the_same_rows(both, url, asked):
    params = {"url": url, **asked}
    ours, _ = await both("/cdx/search/cdx", "/web/cdx", params=params)
    fields = {"output": "text", "fl": "urlkey,timestamp,url,mime,status,digest"}
    _, theirs = await both("/cdx/search/cdx", "/web/cdx", params=params | fields)
    digest_without_name = [line.replace("sha1:", "").split(" ") for line in theirs.text.splitlines()]
    assert [line.split(" ")[:6] for line in ours.text.splitlines()] == digest_without_name


async def test_the_timemap_names_the_same_mementos(both):
    told = []
    for answer in await both(f"/web/timemap/link/{PAGE}"):
        assert answer.headers["Content-Type"].startswith("application/link-format")
        links = re.findall(r'<([^>]*)>; rel="([a-z ]*)"(?:; datetime="([^"]*)")?', answer.text)
        stamps = [re.search(r"/web/(\d{14})", address)[1] for address, relation, _ in links if "memento" in relation]
        told.append((stamps, [when for _, relation, when in links if "memento" in relation]))
    assert told[0] == told[1]
    assert len(told[0][0]) == 3
