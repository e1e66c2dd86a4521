"""A new archive.db in a hundredth of the time: the schema is made once for a process of tests, then written as it is.

Making it runs all migrations, a third of a second; several hundred tests begin with an empty archive. The tests of
migrations and of the database itself make theirs as a user's is made.
"""

import functools
import tempfile
from pathlib import Path

from citekeep import database

_as_ever = database._open


@functools.cache
def empty():
    """Return the bytes of an archive that has nothing but its schema."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.db"
        database.connect(path).close()
        return path.read_bytes()


def begin_with_a_copy():
    """Have ``database.connect`` begin a new archive with these bytes."""
    empty()

    def opened(path, *, read_only):
        if not read_only and not path.exists() and path.parent.is_dir():
            path.write_bytes(empty())
        return _as_ever(path, read_only=read_only)

    database._open = opened


def begin_as_ever():
    """Have ``database.connect`` make the schema of a new archive."""
    database._open = _as_ever
