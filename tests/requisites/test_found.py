"""What a page and its style sheets need: as browsers ask for it, whatever stands in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citekeep.requisites import FONT, ICON, IMAGE, STYLE, Found, in_page, in_style
from citekeep.requisites.found import address
from citekeep.requisites.srcset import chosen

URL = "https://www.paper.test/2026/a"


def page(html, limit=100, url=URL):
    found = in_page(html.encode(), "text/html; charset=utf-8", url, limit=limit)
    return [(one.url.removeprefix("https://www.paper.test"), one.kind) for one in found.wanted]


def style(css, base="https://cdn.test/css/s.css"):
    found = Found(100)
    in_style(css, base, found)
    return [(one.url.removeprefix("https://cdn.test"), one.kind) for one in found.wanted]


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ("<link rel=stylesheet href=/s.css>", [("/s.css", STYLE)]),
        ("<link rel='Alternate StyleSheet' media=print href=s.css>", [("/2026/s.css", STYLE)]),
        ("<link rel=stylesheet disabled href=/s.css>", []),
        ("<link rel='shortcut icon' href=/i.ico><link rel=apple-touch-icon href=/a.png>", [("/i.ico", ICON)]),
        ("<link rel=preload as=font href=/f.woff2><link rel=preload as=script href=/j.js>", [("/f.woff2", FONT)]),
        ("<link rel=preload as=image imagesrcset='/a.png 1x, /b.png 3x'>", [("/a.png", IMAGE), ("/b.png", IMAGE)]),
        ("<base href=https://www.paper.test/b/><img src=x.png>", [("/b/x.png", IMAGE)]),
        ("<img src=/p.gif data-src=/real.jpg>", [("/p.gif", IMAGE), ("/real.jpg", IMAGE)]),
        ("<img src='data:image/gif;base64,R0' data-src=/real.jpg>", [("/real.jpg", IMAGE)]),
        ("<video poster=/p.jpg src=/v.mp4></video><audio src=/a.mp3></audio>", [("/p.jpg", IMAGE)]),
        ("<p style=\"background:url('/bg.png')\">", [("/bg.png", IMAGE)]),
        ("<style>@import '/i.css';p{background:url(/b.png)}</style>", [("/i.css", STYLE), ("/b.png", IMAGE)]),
        ("<svg><use href='/sprite.svg#x'/><image xlink:href='/p.png'/><use href='#own'/></svg>",
         [("/sprite.svg", IMAGE), ("/p.png", IMAGE)]),
        ("<body background=/old.gif><input type=image src=/go.png>", [("/old.gif", IMAGE), ("/go.png", IMAGE)]),
        ("<object type=image/svg+xml data=/o.svg></object><object data=/o.swf></object>", [("/o.svg", IMAGE)]),
        ("<script src=/x.js></script><iframe src=/f></iframe>", []),
        ("<noscript><img src=/n.png></noscript>", [("/n.png", IMAGE)]),
        ("<img src=/x.png><img src=/x.png#again><img src=''><img src=#a><img>", [("/x.png", IMAGE)]),
        ("<img src='javascript:alert(1)'><img src='file:///etc/passwd'><img src='http://[::'><img src='ftp://a.test/x'>", []),
    ],
)  # fmt: skip
def test_what_a_page_wants(html, wanted):
    assert page(html) == wanted


def test_of_a_picture_what_a_laptop_and_a_phone_would_take():
    html = """<picture><source media="(max-width: 600px)" srcset="/phone.webp 1x" type=image/webp>
      <source srcset="/x.jxl" type=image/jxl><source srcset="/wide.webp" media="(min-width: 601px)">
      <img src=/old.jpg></picture>"""
    assert page(html) == [("/wide.webp", IMAGE), ("/phone.webp", IMAGE)]
    assert page("<picture><img src=/x.jpg></picture>") == [("/x.jpg", IMAGE)]


@pytest.mark.parametrize(
    ("srcset", "sizes", "taken"),
    [
        ("/s 400w, /m 800w, /l 1600w", "(max-width: 600px) 100vw, 700px", ["/m", "/l"]),
        ("/s 400w, /m 800w, /l 1600w", None, ["/l"]),
        ("/1 1x, /2 2x, /3 3x, /4 4x", None, ["/1", "/3"]),
        ("/only", None, ["/only"]),
        ("/a, /b 2x", None, ["/a", "/b"]),
        ("data:image/png;base64,AA==,b 1x, /b 2x", None, ["data:image/png;base64,AA==,b", "/b"]),
        ("/s 400w, /l 1600w", "calc(100vw - 40px)", ["/l"]),
        ("/s 400w, /l 1600w", "(width <= 600px) 100px, 300px", ["/s"]),
        ("/bad 5q, /good 1x", None, ["/good"]),
        ("", None, []),
        (",,,", None, []),
        ("/x -1w", None, []),
    ],
)
def test_variants(srcset, sizes, taken):
    assert chosen(srcset, sizes) == taken


@pytest.mark.parametrize(
    ("css", "wanted"),
    [
        ("@import 'a.css'; @import url(/b.css) screen; @import url('c.css') layer(x);",
         [("/css/a.css", STYLE), ("/b.css", STYLE), ("/css/c.css", STYLE)]),
        ("@font-face{src:url(f.eot);src:url(f.eot?#iefix) format('embedded-opentype'),url(f.woff2) format(\"woff2\"),"
         "url(f.woff) format('woff')}", [("/css/f.woff2", FONT)]),
        ("@font-face{src:local('Arial'),url(f.ttf)}", [("/css/f.ttf", FONT)]),
        ("@media (min-width:1px){@supports (a:b){p{background:url( x.png )}@font-face{src:url(/f.woff)}}}",
         [("/css/x.png", IMAGE), ("/f.woff", FONT)]),
        ("p{background:image-set('a.png' 1x, url(b.png) type('image/png') 2x)}",
         [("/css/b.png", IMAGE), ("/css/a.png", IMAGE)]),
        ("p{content:'url(no.png)';background:/*url(no.png)*/url(data:image/png;base64,AA)}", []),
        ("p{mask:\\75rl(x.png)}", [("/css/x.png", IMAGE)]),
        ("@keyframes a{from{background:url(k.png)}} a{&:hover{background:url(n.png)}}",
         [("/css/k.png", IMAGE), ("/css/n.png", IMAGE)]),
        ("p{background:url(x.png", [("/css/x.png", IMAGE)]),
        ("@charset 'utf-8';p{filter:url(#own)}", []),
    ],
)  # fmt: skip
def test_what_a_style_sheet_names(css, wanted):
    assert sorted(style(css)) == sorted(wanted)


def test_ten_thousand_pictures_are_counted_and_few_are_named():
    found = in_page("".join(f"<img src=/{n}.png>" for n in range(900)).encode(), None, URL, limit=100)
    assert (len(found.wanted), found.more) == (100, 800)
    found = in_page("".join(f"<img src=/{n}.png>" for n in range(10_000)).encode(), None, URL, limit=1000)
    assert (len(found.wanted), found.more) == (1000, 9000)


@pytest.mark.parametrize(
    "bomb",
    ["{" * 100_000, "(" * 100_000, "@media x{" * 20_000, "a{b:image-set(" * 10_000, "\\" * 100_000, "/*" * 100_000,
     "@import url(a.css);" * 5_000, "\0" * 1_000, "@font-face{src:" + "url(a)," * 20_000 + "}"],
)  # fmt: skip
def test_no_style_sheet_costs_more_than_it_is_long(bomb):
    assert len(style(bomb)) <= 1
    assert page(f"<style>{bomb}</style><p style='{bomb[:1000]}'>") is not None


def test_a_name_and_password_are_not_sent_and_data_is_no_request():
    assert address("https://me:secret@cdn.test/x.png", URL) == "https://cdn.test/x.png"
    assert address("x.png?" + "y" * 5_000, URL) is None
    assert address(" /a b\n.png ", URL) == "https://www.paper.test/a%20b.png"


@given(st.text(max_size=300), st.text(max_size=60))
def test_whatever_stands_there_only_web_addresses_come_out(text, attribute):
    found = in_page(
        f"<img srcset=\"{text}\" sizes='{attribute}'><style>{text}</style>{text}".encode(), None, URL, limit=9
    )
    assert all(one.url.startswith(("http://", "https://")) for one in found.wanted)
    assert all(url for url in chosen(text, attribute))
