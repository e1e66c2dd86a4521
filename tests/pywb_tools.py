"""pywb and py-wacz, each in an environment of its own under ``$XDG_CACHE_HOME/citekeep-tests``: others who do the same.

``make peers`` installs them before there are tests that wait for them.
"""

import fcntl
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

TOOLS = {
    "pywb-2.10.0": ("pywb==2.10.0", "cdxj-indexer==1.5.0", "setuptools<81"),  # pywb imports pkg_resources
    "wacz-0.6.0": ("wacz==0.6.0", "setuptools<81"),
}
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "citekeep-tests"


def install(name="pywb-2.10.0"):
    """Return the folder of the programs of one of TOOLS; made once, with the uv that `make setup` installs, else skipped."""
    CACHE.mkdir(parents=True, exist_ok=True)
    home = CACHE / f"{name}-python{sys.version_info[0]}.{sys.version_info[1]}"
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "ready").exists():
            uv = str(Path(sys.executable).with_name("uv"))
            pip = [uv, "pip", "install", "--quiet", "--system-certs", "--compile-bytecode", "--python", str(home)]
            for command in (
                [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(home)],
                [*pip, *TOOLS[name]],
            ):
                done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
                if done.returncode != 0:
                    pytest.skip(f"{name} cannot be installed here: {' '.join(done.stderr.split())[-300:]}")
            (home / "ready").touch()
    return home / "bin"


@contextmanager
def serving(tools, folder, warcs, *, config=""):
    """Serve WARCs as the collection ``web``; yield the address."""
    folder.mkdir(exist_ok=True)
    (folder / "config.yaml").write_text(config)
    manager = [str(tools / "python"), "-W", "ignore", str(tools / "wb-manager")]
    for arguments in (["init", "web"], ["add", "web", *map(str, warcs)]):
        subprocess.run([*manager, *arguments], cwd=folder, capture_output=True, timeout=60, check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "pywb.log").open("wb") as log:
        server = subprocess.Popen(
            [str(tools / "python"), "-W", "ignore", str(tools / "pywb"), "-p", str(port), "-b", "127.0.0.1"],
            cwd=folder, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            _wait_for(port, server, folder / "pywb.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()
            server.wait()


def _wait_for(port, server, log):
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"pywb did not start: {log.read_text()[-2000:]}")


if __name__ == "__main__":
    for each in TOOLS:
        try:
            print(install(each))
        except pytest.skip.Exception as error:
            print(error, file=sys.stderr)
