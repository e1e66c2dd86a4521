"""Keys of an archive.org account: where they are found, and how they stay out of sight."""

from __future__ import annotations

import configparser
import contextlib
import ctypes
import html
import json
import logging
import os
import resource
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

WHERE_TO_GET = "https://archive.org/account/s3.php"
ACCESS, SECRET = "IA_ACCESS_KEY_ID", "IA_SECRET_ACCESS_KEY"
_FILES = ("~/.config/internetarchive/ia.ini", "~/.config/ia.ini", "~/.ia")
"""Where the internetarchive tool keeps its configuration; IA_CONFIG_FILE names another file."""

_PR_SET_DUMPABLE = 4  # Linux, prctl(2): without it no core file, no ptrace and no reading of /proc/PID/mem and environ
_SHOWN = "[key]"

logger = logging.getLogger(__name__)


class Hidden(str):
    """A text whose repr does not show it: in a traceback with its variables, or in a dict that is logged."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(_SHOWN)


class Keys:
    """S3-style keys. Nothing shows them but ``header``, for the one request they are for.

    They cannot be pickled or copied, so they reach neither a worker process nor a file.
    """

    __slots__ = ("_access", "_secret")

    def __init__(self, access: str, secret: str) -> None:
        self._access, self._secret = Hidden(access), Hidden(secret)

    def header(self) -> str:
        """Return the value of the Authorization header."""
        return Hidden(f"LOW {self._access}:{self._secret}")

    def blacked_out(self, body: bytes) -> bytes:
        """Return an answer without the keys, should it show what it was asked with: parts of it are kept and logged."""
        for key in (self._secret, self._access):
            for form in (key, quote(key, safe=""), html.escape(key), json.dumps(key)[1:-1]):
                body = body.replace(form.encode(), _SHOWN.encode())
        return body

    def blacked_out_json(self, data: Any) -> Any:
        """Return what a JSON answer held without the keys, in whatever way its characters were written there."""
        return json.loads(self.blacked_out(json.dumps(data, ensure_ascii=False).encode("utf-8", "surrogatepass")))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Keys) and (self._access, self._secret) == (other._access, other._secret)

    def __hash__(self) -> int:
        return hash((self._access, self._secret))

    def __repr__(self) -> str:
        return "Keys(hidden)"

    def __reduce_ex__(self, _: Any) -> NoReturn:
        raise TypeError("Keys stay in the process that found them.")


def find_keys(environment: dict[str, str] | None = None) -> Keys | None:
    """Return the keys from the environment, else from the internetarchive tool's ini file, else None.

    environment: instead of this process's own. A process that finds keys of its own writes no core file from then on,
    and no other process of its user can read its memory (Linux).
    """
    env = dict(os.environ) if environment is None else environment
    keys = _from_environment(env) or _from_files(env)
    if keys is not None and environment is None:
        _shut_memory()
    return keys


def _from_environment(env: dict[str, str]) -> Keys | None:
    return _usable(env.get(ACCESS, "").strip(), env.get(SECRET, "").strip())


def _from_files(env: dict[str, str]) -> Keys | None:
    if env.get(ACCESS, "").strip() and env.get(SECRET, "").strip():
        return None  # meant to be used, but they cannot be: others must not be used in their place
    named = env.get("IA_CONFIG_FILE") or env.get("INTERNETARCHIVE_CONFIG")
    for name in [named] if named else _FILES:
        keys = _from_ini(Path(name).expanduser())
        if keys is not None:
            return keys
    return None


def _from_ini(path: Path) -> Keys | None:
    parser = configparser.RawConfigParser()
    try:
        with path.open(encoding="utf-8") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            parser.read_string(stream.read())
        keys = _usable(parser.get("s3", "access").strip(), parser.get("s3", "secret").strip())
    except (OSError, UnicodeError, configparser.Error):
        return None
    if keys is not None and mode & (stat.S_IRGRP | stat.S_IROTH):
        logger.warning("Others on this machine can read the keys in %s: chmod 600 it.", path)
    return keys


def _usable(access: str, secret: str) -> Keys | None:
    """Return keys that can stand in a header; anything with spaces or controls is none."""
    printable = all(33 <= ord(character) < 127 for character in access + secret)
    return Keys(access, secret) if access and secret and printable else None


def _shut_memory() -> None:
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    with contextlib.suppress(OSError, AttributeError):  # not on Linux
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


@contextlib.contextmanager
def kept_from_children() -> Iterator[None]:
    """Take the keys out of the environment meanwhile: a process started within does not inherit them.

    What parses hostile pages, or shows them to people, has no use for them.
    """
    kept = {name: os.environ.pop(name) for name in (ACCESS, SECRET) if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)
