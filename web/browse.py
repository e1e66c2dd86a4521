"""``python -m web.browse``: opens archive.db read-only in Datasette, on this machine alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from scrapy.utils.project import get_project_settings

from citekeep.wayback.keys import kept_from_children
from web.metadata import metadata

ROOT = Path(__file__).resolve().parent.parent
PORT = 8001

SETTINGS = {
    "allow_download": "off",  # a copy of archive.db without its -wal lacks the newest rows
    "sql_time_limit_ms": "10000",  # milliseconds; its own limit of 1000 is short for a view over a million links
    "max_returned_rows": "2000",
}


def command(database: Path, metadata_file: Path, arguments: list[str]) -> list[str]:
    """Return the command line. Not ``--immutable``: that ignores the write-ahead log, and a crawl may be writing.

    Without it Datasette opens the file with ``mode=ro``, and each page shows what has been committed by then.
    """
    settings = [word for name, value in SETTINGS.items() for word in ("--setting", name, value)]
    return [
        sys.executable, "-m", "datasette", "serve", str(database), "--metadata", str(metadata_file),
        "--host", "127.0.0.1", "--port", str(PORT), *settings, *arguments,
    ]  # fmt: skip


def main(arguments: list[str]) -> int:
    """Run Datasette until Ctrl-C; ``arguments`` are handed on to it. Returns its exit code."""
    os.chdir(ROOT)  # where scrapy.cfg says which settings are meant
    database = Path(get_project_settings()["ARCHIVE_DB"])
    if not database.exists():
        print(f"There is no {database} yet: archive an article first (make run).", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="citekeep-browse-") as folder:
        file = Path(folder) / "metadata.json"
        file.write_text(json.dumps(metadata(database.stem), ensure_ascii=False), encoding="utf-8")
        try:
            with kept_from_children():
                return subprocess.run(command(database, file, arguments), check=False).returncode
        except KeyboardInterrupt:
            return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
