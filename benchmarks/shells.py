"""What a site puts around the told part of a page: menus, scripts, notices, footers, in several kinds of site.

Each shell takes the words of its language (responses/languages.toml) and a random source seeded by the name of the case, so
a page is the same in every run. The parts that mislead (hidden login forms, sensors of bot filters, notices for browsers
without scripts) stand here because real pages carry them whatever their state.
"""

import random
import tomllib
from collections.abc import Callable
from pathlib import Path

WORDS: dict[str, dict] = tomllib.loads(
    (Path(__file__).parent / "responses" / "languages.toml").read_text(encoding="utf-8")
)
SLUGS = ("tram", "bridge", "budget", "harvest", "museum", "school", "rain", "derby", "prices", "council", "library")
SENSORS = (
    "<script>(function(){function c(){var b=a.contentDocument||a.contentWindow.document;if(b){var d=b.createElement('script');"
    "d.innerHTML=\"window.__CF$cv$params={r:'8f2a1b3c4d5e6f70',t:'MTcwNDA2NzIwMA=='};var a=document.createElement('script');"
    "a.src='/cdn-cgi/challenge-platform/scripts/jsd/main.js';document.getElementsByTagName('head')[0].appendChild(a);\";"
    "b.getElementsByTagName('head')[0].appendChild(d)}}})();</script>",
    "<script>window._pxAppId='PXabc12345';</script><script async src='/abc12345/init.js'></script>",
    "<script>window.ddjskey='A1B2C3D4E5F6';window.ddoptions={endpoint:'https://api-js.datadome.co/js/'};</script>"
    "<script async src='https://js.datadome.co/tags.js'></script>",
    "<script type='text/javascript' src='/_Incapsula_Resource?SWJIYLWA=719d34d31c8e3a6e6fffd425f7e032f3&ns=2'></script>",
    "<script src='https://www.google.com/recaptcha/api.js?render=6LcExampleKeyOnly'></script>",
    "<script>window.bmak=window.bmak||{};</script><script src='/akam/13/1a2b3c' defer></script>",
)


def style(rng: random.Random, rules: int) -> str:
    """Return a style sheet of so many rules, as a builder of themes leaves it in the head."""
    names = (
        "wp-block",
        "entry",
        "card",
        "grid",
        "hero",
        "btn",
        "nav",
        "error-404",
        "col-md",
        "is-hidden",
        "captcha",
        "modal",
    )
    lines = (
        f".{rng.choice(names)}-{rng.randrange(999)}{{margin:{rng.randrange(40)}px auto;color:#{rng.randrange(4096):03x};"
        f"padding:{rng.randrange(9)}em}}"
        for _ in range(rules)
    )
    return f"<style id='theme-inline-css'>{''.join(lines)}</style>"


def filler(words: dict, rng: random.Random, paragraphs: int) -> str:
    """Return so many paragraphs of plain news."""
    return "".join(f"<p>{' '.join(rng.choices(words['text'], k=rng.randrange(2, 5)))}</p>\n" for _ in range(paragraphs))


def links(words: dict, rng: random.Random, count: int) -> str:
    """Return so many items of a list of other articles, each with a date."""
    return "".join(
        f'<li class="post-{rng.randrange(9999)}"><time datetime="2024-0{rng.randrange(1, 10)}-1{rng.randrange(10)}">1'
        f'{rng.randrange(10)}.0{rng.randrange(1, 10)}</time> <a href="/2024/{rng.choice(SLUGS)}-{rng.randrange(999)}">'
        f"{rng.choice(words['text']).rstrip('.。।։')}</a></li>"
        for _ in range(count)
    )


def menu(words: dict, rng: random.Random, *, end: str = "/") -> str:
    return "".join(f'<li><a href="/{n}{end}">{name}</a></li>' for n, name in enumerate(words["menu"].split("|")))


def wordpress(told: str, words: dict, rng: random.Random, case: dict) -> tuple[str, str]:
    """Return (head, body) of a blog with a sidebar, a cookie bar and a search form."""
    head = (
        '<meta name="generator" content="WordPress 6.4.3" />'
        '<link rel="stylesheet" href="/wp-includes/css/dist/block-library/'
        'style.min.css"><link rel="alternate" type="application/rss+xml" href="/feed/">'
        + style(rng, 60)
        + rng.choice(SENSORS)
    )
    body = f"""<div id="page" class="site"><a class="skip-link" href="#content">#</a><header id="masthead">
<p class="site-title">
<a href="/" rel="home">{case["brand"]}</a></p><nav id="site-navigation"><ul>{menu(words, rng)}</ul></nav></header>
<div id="content"><main id="primary" class="site-main">{told}</main><aside id="secondary" class="widget-area">
<section class="widget"><form role="search" action="/"><input type="search" name="s"><button>OK</button></form></section>
<section class="widget"><h2 class="widget-title">{words["more"]}</h2><ul>{links(words, rng, 8)}</ul></section></aside></div>
<footer id="colophon"><p>© 2024 {case["brand"]}. {words["foot"]}</p></footer></div>
<div id="cookie-notice" role="dialog">{words["cookie"]}</div><script src="/wp-includes/js/jquery/jquery.min.js"></script>"""
    return head, body


def bitrix(told: str, words: dict, rng: random.Random, case: dict) -> tuple[str, str]:
    """Return (head, body) of a company or town site on a portal engine, with a login form out of sight."""
    head = (
        '<link href="/bitrix/cache/css/s1/main/template.css?17" type="text/css" rel="stylesheet"/><script>if(!window.BX)'
        "window.BX={message:function(m){if(typeof m==='object')for(let i in m)BX.message[i]=m[i];return true}};"
        "BX.message({'JS_CORE_LOADING':'…','JSADM_AUTH_ERR_DIALOG_TITLE':'Login','LANGUAGE_ID':'xx'});</script>"
        + style(rng, 30)
    )
    body = f"""<div id="panel"></div><div class="header"><a class="logo" href="/">{case["brand"]}</a><div class="phone">
<a href="tel:+70000000000">+7 000 000-00-00</a></div><ul class="top-menu">{menu(words, rng)}</ul></div>
<div class="popup auth" style="display:none"><form action="/auth/" method="post"><input name="USER_LOGIN"><input
type="password" name="USER_PASSWORD"><input type="submit" value="OK"></form></div>
<div class="breadcrumbs"><a href="/">/</a></div>
<div class="workarea">{told}</div><div class="news-list"><h3>{words["more"]}</h3><ul>{links(words, rng, 6)}</ul></div>
<div class="footer">© {case["brand"]} 2005–2024. {words["foot"]}</div>
<noscript><img src="https://mc.yandex.ru/watch/1" alt=""></noscript>
<div class="cookies">{words["cookie"]}</div>"""
    return head, body


def next_app(told: str, words: dict, rng: random.Random, case: dict) -> tuple[str, str]:
    """Return (head, body) of a server-rendered application with its data in a script and a long list of chunks."""
    chunks = "".join(
        f'<script src="/_next/static/chunks/{rng.randrange(16**8):08x}.js" defer=""></script>' for _ in range(14)
    )
    strings = (
        '"notFound":"Page not found","signIn":"Sign in to continue","error":"Something went wrong",'
        '"captcha":"Verify you are human"'
    )
    body = f"""<noscript>You need to enable JavaScript to run this app.</noscript><div id="__next"><header>
<a href="/">{case["brand"]}</a>
<nav><ul>{menu(words, rng, end="")}</ul></nav><button>Log in</button></header><main>{told}</main><section>
<h2>{words["more"]}</h2>
<ul>{links(words, rng, 10)}</ul></section><footer>{case["brand"]} {words["foot"]}</footer></div>
<div id="portal-root">{words["cookie"]}</div>
<script id="__NEXT_DATA__" type="application/json">{{"props":{{"pageProps":{{"messages":{{{strings}}}}}}},"page":"/[slug]",
"buildId":"{rng.randrange(16**8):08x}"}}</script>"""
    return chunks + style(rng, 80) + rng.choice(SENSORS), body


def old(told: str, words: dict, rng: random.Random, case: dict) -> tuple[str, str]:
    """Return (head, body) of a page laid out with tables, as made around 2002."""
    cells = "".join(
        f'<td bgcolor="#cccccc"><font size="2"><a href="{n}.htm">{w}</a></font></td>'
        for n, w in enumerate(words["menu"].split("|"))
    )
    body = f"""<center><table width="760" border="0" cellpadding="4"><tr>{cells}</tr></table><table width="760"><tr>
<td width="160"
valign="top"><font size="1"><b>{words["more"]}</b><ul>{links(words, rng, 5)}</ul></font></td>
<td valign="top">{told}</td></tr>
</table><hr><font size="1">{case["brand"]} {words["foot"]}</font>
<img src="/cgi-bin/counter.cgi" width="88" height="31"></center>"""
    return '<meta name="GENERATOR" content="Microsoft FrontPage 4.0">', body


def portal(told: str, words: dict, rng: random.Random, case: dict) -> tuple[str, str]:
    """Return (head, body) of a news portal: several lists of news, banners, a subscription offer, a sign-in window."""
    head = (
        style(rng, 120) + rng.choice(SENSORS) + "<script>window.dataLayer=window.dataLayer||[];</script><script async "
        "src='https://securepubads.g.doubleclick.net/tag/js/gpt.js'></script>"
    )
    body = f"""<div class="top-banner"><ins class="adsbygoogle"></ins></div><header><a href="/">{case["brand"]}</a>
<nav><ul>{menu(words, rng)}
</ul></nav></header><div class="ticker"><ul>{links(words, rng, 12)}</ul></div><div class="layout">
<div class="content">{told}</div>
<aside><div class="ad">1xBet Casino Bonus 100% – Poker – Slots</div><h3>{words["more"]}</h3>
<ol>{links(words, rng, 10)}</ol></aside></div>
<div class="modal" aria-hidden="true"><form action="/login"><input type="email"><input type="password">
<button>Sign in</button></form>
<p>Subscribe now to continue reading. Already a subscriber? Log in.</p></div><footer><ul>{menu(words, rng)}</ul>
<p>{case["brand"]} © 1999–2024. {words["foot"]}</p></footer><div class="cmp" hidden>{words["cookie"]}</div>"""
    return head, body


def forum(told: str, words: dict, rng: random.Random, case: dict) -> tuple[str, str]:
    """Return (head, body) of a bulletin board with a quick login at the foot."""
    body = f"""<div id="wrap"><div id="page-header"><a class="logo" href="./index.php">{case["brand"]}</a><ul class="nav">
<li><a href="./faq.php">FAQ</a></li><li><a href="./ucp.php?mode=login">Login</a></li><li>
<a href="./ucp.php?mode=register">Register</a></li>
</ul></div><div id="page-body">{told}<form method="post" action="./ucp.php?mode=login"><fieldset class="quick-login"><input
type="text" name="username"><input type="password" name="password"></fieldset></form><h3>{words["more"]}</h3>
<ul>{links(words, rng, 4)}</ul></div>
<div id="page-footer">{words["foot"]} Powered by phpBB® Forum Software © phpBB Limited</div></div>"""
    return style(rng, 20), body


def static(told: str, words: dict, rng: random.Random, case: dict) -> tuple[str, str]:
    """Return (head, body) of a plain page: a line of menu above, a line below."""
    items = " | ".join(f'<a href="/{n}">{w}</a>' for n, w in enumerate(words["menu"].split("|")))
    return (
        '<link rel="stylesheet" href="/style.css">',
        f"<nav>{items}</nav>{told}<footer>{case['brand']}. {words['foot']}</footer>",
    )


def bare(told: str, words: dict, rng: random.Random, case: dict) -> tuple[str, str]:
    """Return the told part alone."""
    return "", told


SHELLS: dict[str, Callable[[str, dict, random.Random, dict], tuple[str, str]]] = {
    "wordpress": wordpress, "bitrix": bitrix, "next": next_app, "old": old, "portal": portal, "forum": forum,
    "static": static, "bare": bare,
}  # fmt: skip


def whole(case: dict) -> str:
    """Return the body of a case: as it stands where it has `html`, otherwise the told part in its shell."""
    if "html" in case:
        return case["html"]
    rng = random.Random(case["name"])
    words = WORDS[case.get("lang", "en")]
    told = case.get("body", "") + filler(words, rng, case.get("paragraphs", 0)) + case.get("after", "")
    head, body = SHELLS[case.get("site", "bare")](told, words, rng, {"brand": "Example", **case})
    title = f"<title>{case['title']}</title>" if "title" in case else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{case.get("lang", "en")}"><head><meta charset="utf-8">{title}'
        f'<meta name="viewport" content="width=device-width">{case.get("head", "")}{head}</head>\n<body>{body}</body></html>'
    )
