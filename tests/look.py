"""An article that is nothing without its style: sheets that import sheets, a font, backgrounds, pictures in variants."""

import struct
import zlib
from pathlib import Path

TEXT = """The council closed the bridge on Monday after engineers had found cracks in two of its piers, and said that it
would stay closed until spring. Ferries carry passengers across the river from six in the morning until midnight."""
HOST, CDN = "www.paper.test", "cdn.static.test"
ARTICLE = f"http://{HOST}/2026/bridge"

PAGE = f"""<!doctype html><html lang=en><head><meta name=viewport content="width=device-width"><title>The bridge is closed</title>
<link rel=stylesheet href=/style.css><link rel=stylesheet href=/print.css media=print><link rel=icon href=/icon.png>
<style>@import url("//{CDN}/import.css"); h1 {{ background: url(/banner.png) }}</style></head>
<body><article><h1>The bridge is closed</h1><p>{TEXT}</p>
<img src=/small.png srcset="/small.png 400w, /medium.png 800w, /large.png 1600w" sizes="(max-width: 600px) 100vw, 700px">
<p>{TEXT} As <a href=http://www.office.test/report>the report</a> says, it is old.</p>
<picture><source srcset=//{CDN}/wide.png media="(min-width: 601px)"><img src=/narrow.png></picture>
<p>{TEXT}</p><div class=rule></div><svg width=40 height=40><image href=/drawn.png width=40 height=40 /></svg>
<video poster=/poster.png width=80 height=60></video></article></body></html>"""


def png(red, green, blue, width=40, height=40):
    """Return a picture of one colour."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes((red, green, blue)) * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(rows)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def font():
    """Return a font that no system has by this name."""
    import reportlab

    return (Path(reportlab.__file__).parent / "fonts" / "VeraBd.ttf").read_bytes()


def publish(web):
    """Put the article and all it needs on a small_web.Web."""
    css = {"Content-Type": "text/css"}
    face = f"@font-face{{font-family:Paper;src:url(/old.eot),url(//{CDN}/paper.ttf) format('truetype')}}"
    web.pages |= {
        (HOST, "/2026/bridge"): (PAGE, {"Content-Type": "text/html; charset=utf-8"}),
        (HOST, "/style.css"): (f"{face} body{{font:18px Paper;margin:2em;color:#213}} h1{{padding:1em}}", css),
        (HOST, "/print.css"): ("p{background:url(/ink.png)}", css),
        (CDN, "/import.css"): ("@import 'deeper.css'; article{background:#fed}", css),
        (CDN, "/deeper.css"): ("@import 'import.css'; .rule{height:30px;background:url(border.png)}", css),
        (CDN, "/paper.ttf"): (font(), {"Content-Type": "font/ttf", "Access-Control-Allow-Origin": "*"}),
        ("www.office.test", "/report"): (f"<title>Report</title><p>{TEXT}</p>", {"Content-Type": "text/html"}),
    }
    pictures = ("banner", "small", "medium", "large", "narrow", "drawn", "poster", "icon", "ink")
    for number, name in enumerate(pictures):
        web.pages[HOST, f"/{name}.png"] = (png(20 * number, 200 - 20 * number, 90), {"Content-Type": "image/png"})
    for number, name in enumerate(("wide", "border")):
        web.pages[CDN, f"/{name}.png"] = (png(200, 40 * number, 160), {"Content-Type": "image/png"})


def wanted():
    """Return (host, path) of all that is captured of it: of variants, what a laptop and a phone take."""
    names = ("style.css", "print.css", "icon.png", "banner.png", "medium.png", "large.png", "narrow.png", "drawn.png",
             "poster.png", "ink.png")  # fmt: skip
    static = ("import.css", "deeper.css", "paper.ttf", "border.png", "wide.png")
    return sorted([(HOST, f"/{name}") for name in names] + [(CDN, f"/{name}") for name in static])
