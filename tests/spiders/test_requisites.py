"""What articles' pages need to look like themselves: asked once, politely, within caps, on, after a kill."""

import os
import signal
import subprocess
import sys
import time

import pytest

from citekeep.items import WarcRef
from citekeep.warc.reader import read
from tests import look, small_web
from tests.small_web import ask

PAPER, CDN = look.HOST, look.CDN
OUTCOMES = (
    "SELECT r.url, p.outcome, p.why FROM page_requisites AS p JOIN requisites AS r ON r.id = p.requisite_id ORDER BY 1"
)
HTML = {"Content-Type": "text/html; charset=utf-8"}
RUN = "SELECT * FROM article_requisites"


@pytest.fixture
def web():
    with small_web.Web() as web:
        yield web


def crawl(folder, web, url=look.ARTICLE, **settings):
    return small_web.crawl(
        folder, web, "-a", f"url={url}", spider="article", **({"REQUISITES_ENABLED": "1"} | settings)
    )


def article(web, head="", body="", path="/a"):
    """Publish an article with more in its head and body; return its URL."""
    html = f"<html lang=en><title>Bridge</title>{head}<body><article><h1>Bridge</h1><p>{look.TEXT}</p>{body}</article></body>"
    web.pages[PAPER, path] = (html, HTML)
    return f"http://{PAPER}{path}"


def outcomes(folder):
    return {url.partition("://")[2]: (outcome, why) for url, outcome, why in ask(folder, OUTCOMES)}


def test_all_that_a_page_needs_is_captured_once_and_is_no_link(tmp_path, web):
    look.publish(web)
    done = crawl(tmp_path, web)
    assert web.paths() == sorted([*look.wanted(), (PAPER, "/2026/bridge"), ("www.office.test", "/report")])
    assert "Style, fonts and pictures: 15 of 15 captured" in done.stdout
    assert ask(
        tmp_path, "SELECT wanted, captured, failed, over_the_cap, not_asked, waiting FROM article_requisites"
    ) == [(15, 15, 0, 0, 0, 0)]
    assert ask(tmp_path, "SELECT * FROM missing_requisites") == []
    assert ask(tmp_path, "SELECT count(*) FROM links") == [(2,)]
    assert ask(tmp_path, "SELECT count(*) FROM checks") == [(2,)]
    assert ask(tmp_path, "SELECT count(*) FROM link_rot") == [(2,)]
    places = ask(
        tmp_path,
        "SELECT c.url, w.name, c.offset, c.length FROM captures AS c JOIN warcs AS w ON w.id = c.warc_id"
        " WHERE c.purpose = 'requisite' AND c.requisite_id IS NOT NULL AND c.check_id IS NULL",
    )
    assert len(places) == 15
    for url, name, offset, length in places:
        assert read(tmp_path / "warcs", WarcRef(name=name, offset=offset, length=length)).url == url


def test_what_was_asked_lately_is_not_asked_for_another_article_nor_for_the_same_page_again(tmp_path, web):
    look.publish(web)
    crawl(tmp_path, web)
    web.paths()
    crawl(tmp_path, web)
    assert web.paths() == [("www.office.test", "/report"), (PAPER, "/2026/bridge")]
    article(web, "<link rel=stylesheet href=/style.css>", "<img src=/drawn.png><img src=/new.png>", path="/other")
    web.pages[PAPER, "/new.png"] = (look.png(1, 2, 3), {"Content-Type": "image/png"})
    crawl(tmp_path, web, f"http://{PAPER}/other")
    assert web.paths() == [(PAPER, "/new.png"), (PAPER, "/other")]
    assert ask(tmp_path, "SELECT wanted, captured FROM article_requisites ORDER BY url DESC LIMIT 1") == [(4, 4)], (
        "the font of the style sheet is its own, too"
    )


def test_what_is_old_is_asked_again_and_costs_a_revisit_record_where_it_is_the_same(tmp_path, web):
    url = article(web, "<link rel=stylesheet href=/style.css>")
    web.pages[PAPER, "/style.css"] = ("p { color: red }" + " " * 2_000, {"Content-Type": "text/css"})
    crawl(tmp_path, web, url)
    article(web, "<link rel=stylesheet href=/style.css>", "<p>More.</p>")
    web.paths()
    crawl(tmp_path, web, url, REQUISITE_AGAIN_DAYS="0")
    assert web.paths() == [(PAPER, "/a"), (PAPER, "/style.css")]
    places = ask(
        tmp_path,
        "SELECT w.name, c.offset, c.length FROM captures AS c JOIN warcs AS w ON w.id = c.warc_id"
        " WHERE c.purpose = 'requisite' ORDER BY c.id",
    )
    kinds = [read(tmp_path / "warcs", WarcRef(name=n, offset=o, length=length), original=lambda *_: None).kind
             for n, o, length in places[:1]]  # fmt: skip
    assert kinds == ["response"]
    assert places[1][2] < places[0][2] + 400
    assert ask(tmp_path, "SELECT turn, outcome FROM requisites") == [(2, "captured")]


def test_what_is_old_is_asked_whether_it_changed_and_keeps_what_it_had(tmp_path, web):
    url = article(web, "<link rel=stylesheet href=/style.css>")
    css = ("p { background: url(/dot.png) }", {"Content-Type": "text/css", "ETag": '"red"'})
    web.pages[PAPER, "/style.css"] = css
    web.pages[PAPER, "/dot.png"] = (look.png(1, 2, 3), {"Content-Type": "image/png"})
    crawl(tmp_path, web, url)
    before = ask(tmp_path, "SELECT url, capture_id, bytes, etag FROM requisites ORDER BY url")
    assert [row[3] for row in before] == [None, '"red"']
    article(web, "<link rel=stylesheet href=/style.css>", "<p>More.</p>")
    web.asked.clear()
    crawl(tmp_path, web, url, REQUISITE_AGAIN_DAYS="0")
    told = {path: fields.get("If-None-Match") for _, path, fields in web.asked if path != "/robots.txt"}
    assert told == {"/a": None, "/style.css": '"red"', "/dot.png": None}, "the article itself is asked for whole"
    assert ask(tmp_path, "SELECT status FROM captures WHERE url LIKE '%.css' ORDER BY id") == [(200,), (304,)]
    after = ask(tmp_path, "SELECT url, capture_id, bytes, etag FROM requisites ORDER BY url")
    assert after[1] == before[1], "what has its body is still what shows it"
    assert outcomes(tmp_path) == {f"{PAPER}/style.css": ("captured", None), f"{PAPER}/dot.png": ("captured", None)}


def test_what_is_not_to_be_had_or_not_to_be_asked_is_named_with_the_reason(tmp_path, web):
    url = article(
        web,
        "<link rel=stylesheet href=http://cdn.static.test/s.css>",
        "<img src=/gone.png><img src=/moved.png><img src=http://127.0.0.1/x.png><img src=http://169.254.169.254/latest>"
        "<img src=http://localhost/x.png><img src=http://no.such-name.invalid/x.png><img src=/loop.png><img src=/out.png>",
    )
    web.pages[CDN, "/robots.txt"] = ("User-agent: *\nDisallow: /s.css", {"Content-Type": "text/plain"})
    web.pages[PAPER, "/moved.png"] = ("", {"status": 302, "Location": "/here.png"})
    web.pages[PAPER, "/here.png"] = (look.png(1, 2, 3), {"Content-Type": "image/png"})
    web.pages[PAPER, "/loop.png"] = ("", {"status": 302, "Location": "/loop.png"})
    web.pages[PAPER, "/out.png"] = ("", {"status": 302, "Location": "http://10.0.0.1/x.png"})
    done = crawl(tmp_path, web, url)
    found = outcomes(tmp_path)
    assert found.pop("127.0.0.1/x.png") == ("left_out", "address_refused")
    assert found.pop("169.254.169.254/latest") == ("left_out", "address_refused")
    assert found.pop("localhost/x.png")[0] == "left_out"
    assert found.pop("no.such-name.invalid/x.png")[0] == "left_out"
    assert found == {
        f"{CDN}/s.css": ("left_out", "robots"),
        f"{PAPER}/gone.png": ("failed", "404"),
        f"{PAPER}/moved.png": ("captured", None),
        f"{PAPER}/loop.png": ("failed", "302"),
        f"{PAPER}/out.png": ("left_out", "address_refused"),
    }
    assert (CDN, "/s.css") not in web.paths()
    assert "1 of 9 captured" in done.stdout
    assert "2 failed, 6 not asked: see missing_requisites" in done.stdout
    assert ask(tmp_path, "SELECT hop, url FROM captures WHERE purpose = 'requisite' AND url LIKE '%here%'") == [
        (1, f"http://{PAPER}/here.png")
    ]


def test_caps_hold_and_what_they_leave_out_is_counted(tmp_path, web):
    url = article(web, body="".join(f"<img src=/{n}.bin>" for n in range(70)))
    for n in range(70):
        web.pages[PAPER, f"/{n}.bin"] = (b"x" * 10_000, {"Content-Type": "image/png"})
    done = crawl(tmp_path, web, url, REQUISITES_PER_ARTICLE="10", REQUISITES_MAXSIZE="45000")
    assert ask(
        tmp_path, "SELECT wanted, captured, failed, over_the_cap, not_asked, waiting FROM article_requisites"
    ) == [(70, 4, 0, 66, 0, 0)]
    assert ask(tmp_path, "SELECT sum(bytes) FROM page_requisites WHERE outcome = 'captured'") == [(40_000,)]
    assert ask(tmp_path, "SELECT why, count(*) FROM missing_requisites GROUP BY 1") == [("bytes", 6), ("number", 40)]
    assert ask(tmp_path, "SELECT requisites_more FROM articles") == [(20,)]
    pictures = [path for _, path in web.paths() if path.endswith(".bin")]
    assert len(pictures) == 5, "the first that does not fit is the last"
    assert "4 of 70 captured" in done.stdout
    assert "66 over the cap: see missing_requisites" in done.stdout


def test_one_that_is_too_large_is_left_out_alone(tmp_path, web):
    url = article(web, "<link rel=stylesheet href=/huge.css><link rel=stylesheet href=/small.css>")
    web.pages[PAPER, "/huge.css"] = ("@import 'never.css';" + "p{}" * 100_000, {"Content-Type": "text/css"})
    web.pages[PAPER, "/small.css"] = ("p{}", {"Content-Type": "text/css"})
    crawl(tmp_path, web, url, REQUISITE_MAXSIZE="30000")
    assert outcomes(tmp_path) == {
        f"{PAPER}/huge.css": ("left_out", "size"),
        f"{PAPER}/small.css": ("captured", None),
    }


def test_style_sheets_that_import_one_another_without_end_come_to_an_end(tmp_path, web):
    url = article(web, "<link rel=stylesheet href=/0.css><link rel=stylesheet href=/loop.css>")
    for n in range(20):
        web.pages[PAPER, f"/{n}.css"] = (f"@import '{n + 1}.css';", {"Content-Type": "text/css"})
    web.pages[PAPER, "/loop.css"] = ("@import 'loop.css'; @import 'pool.css';", {"Content-Type": "text/css"})
    web.pages[PAPER, "/pool.css"] = ("@import 'loop.css';", {"Content-Type": "text/css"})
    crawl(tmp_path, web, url)
    found = outcomes(tmp_path)
    assert found[f"{PAPER}/4.css"] == ("captured", None)
    assert found[f"{PAPER}/5.css"] == ("left_out", "depth")
    assert found[f"{PAPER}/pool.css"] == ("captured", None)
    assert f"{PAPER}/6.css" not in found


def test_a_site_that_asks_for_less_is_left_alone_and_its_requisites_wait(tmp_path, web):
    url = article(web, body=f"<img src=http://{CDN}/1.png><img src=http://{CDN}/2.png>")
    web.pages[CDN, "/1.png"] = ("", {"status": 429, "Retry-After": "600"})
    crawl(tmp_path, web, url)
    assert [path for host, path in web.paths() if host == CDN] == ["/1.png"]
    assert ask(tmp_path, "SELECT waiting, failed FROM article_requisites") == [(2, 0)]
    assert ask(tmp_path, f"SELECT not_before_at IS NOT NULL FROM sites WHERE site = '{CDN.partition('.')[2]}'") == [
        (1,)
    ]


def test_switched_off_nothing_is_asked(tmp_path, web):
    look.publish(web)
    crawl(tmp_path, web, REQUISITES_ENABLED="0")
    assert web.paths() == [("www.office.test", "/report"), (PAPER, "/2026/bridge")]
    assert ask(tmp_path, "SELECT count(*) FROM requisites") == [(0,)]


def test_private_articles_on_the_terms_of_their_source(tmp_path, web):
    article(web, body=f"<img src=http://{CDN}/1.png>")
    web.pages[CDN, "/1.png"] = (look.png(1, 2, 3), {"Content-Type": "image/png"})
    web.pages[CDN, "/robots.txt"] = ("User-agent: *\nDisallow: /", {"Content-Type": "text/plain"})
    (tmp_path / "sources.toml").write_text(
        f'[[source]]\nname = "paper"\narticle = "http://{PAPER}/a"\npublicity = "private"\nuser_agent = "Paper/1"\n'
        'robots = "ignore"\nrobots_reason = "the outlet asked us to"\n'
    )
    small_web.crawl(tmp_path, web, spider="feed", REQUISITES_ENABLED="1")
    (fields,) = [fields for host, path, fields in web.asked if (host, path) == (CDN, "/1.png")]
    assert fields["User-Agent"].startswith("Paper/1")
    assert "image/" in fields["Accept"]
    assert ask(tmp_path, "SELECT captured FROM article_requisites") == [(1,)]
    assert ask(tmp_path, "SELECT (SELECT count(*) FROM saves), (SELECT sum(public) FROM links)") == [(0, 0)]


def test_a_killed_run_is_gone_on_with_and_nothing_that_was_recorded_is_asked_twice(tmp_path, web):
    look.publish(web)
    settings = {
        "CONNECT_TO": f'{{"*.test": "127.0.0.1:{web.port}"}}', "ADDRESS_GUARD_ALLOW": f"*.test:{web.port}",
        "DOWNLOAD_DELAY": "0.2", "SNAPSHOTS_ENABLED": "0", "EXTRACT_WORKERS": "1", "PROBES_ENABLED": "0",
    }  # fmt: skip
    options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    process = subprocess.Popen(
        [sys.executable, "-m", "scrapy", "crawl", "article", "-a", f"url={look.ARTICLE}", *options],
        cwd=small_web.ROOT, env=os.environ | {"CITEKEEP_DATA": str(tmp_path)}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    end = time.monotonic() + 60
    while time.monotonic() < end and _captured(tmp_path) < 4:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = {
        url.partition("://")[2] for (url,) in ask(tmp_path, "SELECT url FROM requisites WHERE outcome = 'captured'")
    }
    assert 4 <= len(done) < 15
    web.asked.clear()
    crawl(tmp_path, web)
    asked = {host + path for host, path in web.paths()}
    assert not asked & done
    assert ask(tmp_path, "SELECT wanted, captured FROM article_requisites") == [(15, 15)]


def _captured(folder):
    if not (folder / "archive.db").exists():
        return 0
    try:
        return ask(folder, "SELECT count(*) FROM requisites WHERE outcome = 'captured'")[0][0]
    except Exception:  # the schema is being made
        return 0
