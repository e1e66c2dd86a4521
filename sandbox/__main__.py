"""``python -m sandbox``: run a crawl in the sandbox, or look around in it."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys

from sandbox.failures import FAILURES
from sandbox.run import ARTICLE, ROOT, Sandbox

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main() -> int:
    """Read the command line and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser(
        "run", help="run `python -m scrapy ARGS...` in the sandbox: run -- crawl article -a url=..."
    )
    example = commands.add_parser("example", help="archive the example article with what it cites")
    for command in (run, example):
        command.add_argument("--no-keys", action="store_true", help="without keys for the stand-in Wayback Machine")
        command.add_argument("arguments", nargs="*", metavar="ARGS", help="passed on to scrapy")
    commands.add_parser("serve", help="run until Ctrl-C and say where everything listens")
    commands.add_parser("hosts", help="list the hosts that fail, and what Citekeep has to record of each")
    options = parser.parse_args()
    if options.command == "hosts":
        return hosts()
    if options.command == "serve":
        return asyncio.run(serve())
    first = ["crawl", "article", "-a", f"url={ARTICLE}"] if options.command == "example" else []
    return asyncio.run(run_scrapy([*first, *options.arguments], keys=not options.no_keys))


def hosts() -> int:
    """Print the table of failures."""
    for failure in FAILURES:
        recorded = {name: value for name, value in vars(failure.recorded).items() if value}
        print(f"{failure.url:42} {failure.sentence}\n{'':42} {recorded}")
    return 0


async def serve() -> int:
    """Serve until a signal comes."""
    stop = asyncio.Event()
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Sandbox() as sandbox:
        print(sandbox.describe(), "", "Ctrl-C ends it.", sep="\n", flush=True)
        await stop.wait()
    return 0


async def run_scrapy(arguments: list[str], *, keys: bool) -> int:
    """Run scrapy as a child, pass signals on to it, and return its exit code (128 + n where signal n ended it)."""
    loop = asyncio.get_running_loop()
    caught: asyncio.Queue[int] = asyncio.Queue()
    for number in SIGNALS:  # before there is a child: one that comes while it starts is for it as well
        loop.add_signal_handler(number, caught.put_nowait, number)
    async with Sandbox() as sandbox:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "scrapy", *arguments[:1], *sandbox.scrapy_arguments(), *arguments[1:],
            cwd=ROOT,
            env={**os.environ, **sandbox.environment(keys=keys)},
            # A group of its own: Ctrl-C reaches it once, from here. Twice would mean to Scrapy "at once, unclean".
            process_group=0,
        )  # fmt: skip
        passing = asyncio.ensure_future(_pass_on(child, caught))
        code = await child.wait()
        passing.cancel()
    return code if code >= 0 else 128 - code


async def _pass_on(child: asyncio.subprocess.Process, caught: asyncio.Queue[int]) -> None:
    while True:
        number = await caught.get()
        if child.returncode is None:
            child.send_signal(number)


if __name__ == "__main__":
    sys.exit(main())
