"""A folder for what targets have to write, gone when the process is."""

import tempfile
from pathlib import Path

_KEPT = tempfile.TemporaryDirectory(prefix="citekeep-fuzz-")
FOLDER = Path(_KEPT.name)
