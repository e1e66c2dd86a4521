"""Documents that are ZIP files of XML (DOCX, EPUB), read within bounds: nothing is unpacked to a disk or fetched."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from typing import Any
from urllib.parse import unquote

from lxml import etree

MEMBERS_MAX = 10_000
MEMBER_MAX = 32 * 2**20
"""Bytes of one member, unpacked."""
WHOLE_MAX = 96 * 2**20
"""Bytes of all members that are read, unpacked: a book of text has a few."""


_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    OverflowError,
)
"""What the standard library raises for members that are not what their directory says."""


class UnreadableError(ValueError):
    """This is no such document, or it is past a bound. The sentence says which; take it as a document without a text."""


class Zipped:
    """The members of a ZIP file, by their names within it."""

    def __init__(self, body: bytes) -> None:
        """Open the file; raises UnreadableError where it is none."""
        try:
            self._file = zipfile.ZipFile(io.BytesIO(body))
            self._names = set(self._file.namelist()[:MEMBERS_MAX])
        except _DAMAGED as error:
            raise UnreadableError("no ZIP file that can be read") from error
        self._left = WHOLE_MAX

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def read(self, name: str) -> bytes:
        """Return a member unpacked; raises UnreadableError where it is missing, damaged, locked or too large."""
        if name not in self._names:
            raise UnreadableError(f"{name[:100]} is missing")
        most = min(MEMBER_MAX, self._left)
        try:
            with self._file.open(name) as stream:
                found = stream.read(most + 1)
        except _DAMAGED as error:
            raise UnreadableError(f"{name[:100]} is damaged or locked") from error
        if len(found) > most:
            raise UnreadableError(f"{name[:100]} unpacks to more than {most >> 20} MiB")
        self._left -= len(found)
        return found

    def xml(self, name: str) -> Any:
        """Return a member as a tree, its entities left alone; raises UnreadableError where it is no XML."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
        content = self.read(name)
        try:
            tree = etree.fromstring(content, parser)
        except (etree.LxmlError, ValueError) as error:
            raise UnreadableError(f"{name[:100]} is no XML") from error
        if tree is None:
            raise UnreadableError(f"{name[:100]} is no XML")
        return tree

    def targets(self, name: str) -> dict[str, str]:
        """Return {id: address} of what a part of an Office document relates to outside of itself; {} where it says nothing."""
        folder, file = posixpath.split(name)
        related = f"{folder}/_rels/{file}.rels"
        if related not in self:
            return {}
        return {
            one.get("Id") or "": (one.get("Target") or "").strip()
            for one in self.xml(related)
            if isinstance(one.tag, str) and one.get("TargetMode") == "External"
        }


def within(folder: str, href: str) -> str:
    """Return the member that a relative address names, seen from a folder."""
    return posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0])))
