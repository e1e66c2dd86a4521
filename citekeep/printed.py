"""What becomes of a command that cannot print: whoever reads it has left (``| head``), or its disk is full."""

from __future__ import annotations

import errno
import os
import sys
from types import TracebackType

_as_ever = sys.excepthook
_UNWRITTEN = frozenset({errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


def end_in_a_sentence() -> None:
    """Have a process that fails at writing to a file or pipe end with exit code 1 and a sentence; no other error is changed.

    Whoever reads a pipe and leaves, as ``head`` does, is told nothing. What was recorded before stays recorded.
    """
    sys.excepthook = _tell


def _tell(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    named = getattr(error, "filename", None) is not None  # a file of ours, no output
    if not isinstance(error, OSError) or error.errno not in _UNWRITTEN or named:
        _as_ever(kind, error, traceback)
        return
    _drop_the_rest()
    if not isinstance(error, BrokenPipeError):
        print(f"What was to be printed could not be written: {error.strerror or error}.", file=sys.stderr)


def _drop_the_rest() -> None:
    """Have what is still to be written go nowhere: else Python fails at it once more as it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
