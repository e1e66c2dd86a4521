"""Keys of an archive.org account: where they are found, and how they stay out of sight."""

from __future__ import annotations

import configparser
import os
from dataclasses import dataclass, field
from pathlib import Path

WHERE_TO_GET = "https://archive.org/account/s3.php"
ACCESS, SECRET = "IA_ACCESS_KEY_ID", "IA_SECRET_ACCESS_KEY"
_FILES = ("~/.config/internetarchive/ia.ini", "~/.config/ia.ini", "~/.ia")
"""Where the internetarchive tool keeps its configuration; IA_CONFIG_FILE names another file."""


@dataclass(frozen=True)
class Keys:
    """S3-style keys. Neither repr nor str shows them; only ``header`` does, for the one request they are for."""

    access: str = field(repr=False)
    secret: str = field(repr=False)

    def header(self) -> str:
        """Return the value of the Authorization header."""
        return f"LOW {self.access}:{self.secret}"

    def blacked_out(self, body: bytes) -> bytes:
        """Return an answer without the keys, should it show what it was asked with: parts of it are kept and logged."""
        for key in (self.secret, self.access):
            body = body.replace(key.encode(), b"[key]")
        return body

    def __str__(self) -> str:
        return "Keys(hidden)"


def find_keys(environment: dict[str, str] | None = None) -> Keys | None:
    """Return the keys from the environment, else from the internetarchive tool's ini file, else None."""
    env = dict(os.environ) if environment is None else environment
    access, secret = env.get(ACCESS, "").strip(), env.get(SECRET, "").strip()
    if access and secret:
        return _usable(access, secret)
    named = env.get("IA_CONFIG_FILE") or env.get("INTERNETARCHIVE_CONFIG")
    for name in [named] if named else _FILES:
        keys = _from_ini(Path(name).expanduser())
        if keys is not None:
            return keys
    return None


def _from_ini(path: Path) -> Keys | None:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
        return _usable(parser.get("s3", "access").strip(), parser.get("s3", "secret").strip())
    except (OSError, UnicodeError, configparser.Error):
        return None


def _usable(access: str, secret: str) -> Keys | None:
    """Return keys that can stand in a header; anything with spaces or controls is none."""
    printable = all(33 <= ord(character) < 127 for character in access + secret)
    return Keys(access, secret) if access and secret and printable else None
