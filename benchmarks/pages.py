"""A loopback server of made-up news pages of about 80 KB, each with a text of its own; run as a process of its own.

``/<n>`` is a page, ``/a/<n>`` an article that cites CITED of them, on sites www.s0.test and following.
"""

from __future__ import annotations

import argparse
import asyncio
import random

SIZE = 80_000  # bytes
VARIANTS = 60
CITED = 9  # pages that an article cites
_WORDS = """
    the of and to in a is that for it as was with be by on not he his but at are this have from or had an they
    which one you were her all she there would their we him been has when who will more no if out so said what up
    its about into than them can only other new some could time these two may then do first any my now such like
    our over man me even most made after also did many before must through back years where much your way well
    down should because each just those people mister how too little state good very make world still own see men
    work long here get both council ministry court river station reporters documents bridge budget election
    harbour winter inquiry witness
""".split()  # noqa: SIM905 - a list of words is easier to read so


def _sentence(rng: random.Random) -> str:
    words = [rng.choice(_WORDS) for _ in range(rng.randint(8, 24))]
    return f"{words[0].capitalize()} {' '.join(words[1:])}."


def page(number: int) -> bytes:
    """Return the head and body of variant ``number``: navigation, teasers, scripts and an article, with a slot %s."""
    rng = random.Random(number)
    nav = "".join(f'<li><a href="/s/{i}">{rng.choice(_WORDS).capitalize()} {i}</a></li>' for i in range(160))
    body = "".join(
        f"<p>{' '.join(_sentence(rng) for _ in range(rng.randint(2, 6)))}</p>" for _ in range(rng.randint(18, 34))
    )
    teasers = "".join(
        f'<div class="teaser card"><a href="/t/{i}"><img src="/i/{i}.jpg" alt=""><h3>{_sentence(rng)}</h3></a></div>'
        for i in range(140)
    )
    head = (
        f"<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>{_sentence(rng)} No. %s</title>"
        '<meta property="article:published_time" content="2024-03-05T10:00:00Z">'
        "</head><body><header><nav><ul>"
    )
    text = (
        f"{head}{nav}</ul></nav></header><main><article><h1>{_sentence(rng)}</h1><p>Report number %s. "
        f"{_sentence(rng)}</p>{body}</article><aside>{teasers}</aside></main>"
    )
    filler = "".join(f'window.q.push({{"k":{rng.random()},"v":"{rng.choice(_WORDS)}"}});' for _ in range(2_000))
    script = f"<script>{filler[: max(0, SIZE - len(text) - 60)]}</script>"
    return f"{text}{script}</body></html>".encode()


class Pages:
    """The bodies of all pages, on so many sites."""

    def __init__(self, sites: int) -> None:
        self.sites = sites
        self.variants = [page(i) for i in range(VARIANTS)]

    def urls(self, count: int) -> list[str]:
        """Return the URLs of the articles which, with what they cite, are ``count`` pages."""
        return [f"http://www.s{n % self.sites}.test/a/{n}" for n in range(count // (CITED + 1))]

    def paths(self, count: int) -> list[str]:
        """Return the paths of those articles and of all that they cite."""
        articles = count // (CITED + 1)
        return [f"/a/{n}" for n in range(articles)] + [f"/{n}" for n in range(articles * CITED)]

    def body(self, path: str) -> bytes | None:
        """Return the page at a path, or None."""
        number = path.rpartition("/")[2]
        if not number.isdigit():
            return None
        body = self.variants[int(number) % VARIANTS].replace(b"%s", number.encode())
        return body.replace(b"</article>", self._citations(int(number)), 1) if path.startswith("/a/") else body

    def _citations(self, article: int) -> bytes:
        rng = random.Random(article)
        cited = (
            f"<p>{_sentence(rng)} As <a href='http://www.s{n % self.sites}.test/{n}'>the report number {n}</a> has it, "
            f"{_sentence(rng).lower()}</p>"
            for n in range(article * CITED, (article + 1) * CITED)
        )
        return f"{''.join(cited)}</article>".encode()


async def serve(port: int, sites: int) -> None:
    """Serve until killed; robots.txt is a 404."""
    pages = Pages(sites)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = pages.body(head.split(b" ", 2)[1].decode("latin-1"))
                status = "404 Not Found" if body is None else "200 OK\r\nContent-Type: text/html; charset=utf-8"
                writer.write(
                    f"HTTP/1.1 {status}\r\nContent-Length: {len(body or b'')}\r\n\r\n".encode() + (body or b"")
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--sites", type=int, default=200)
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.sites))
