"""What a person set for the health of the archive, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

DAY = 86_400.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Paths, and thresholds as settings.py explains them. webhook: may hold a secret, so it is not in the repr."""

    database: Path
    warc_dir: Path
    disk_free_min: int
    disk_full_days: float
    outlet_articles: int
    feed_silent_times: float
    feed_failures: int
    saves_refused: int
    runs_late_hours: float
    backup_dir: Path
    backup_keep: int
    backup_every_days: float

    @classmethod
    def of(cls, settings: Any) -> Terms:
        """Return what settings (with ``getfloat`` and ``getint``, as Scrapy's) name."""
        return cls(
            database=Path(settings["ARCHIVE_DB"]),
            warc_dir=Path(settings["WARC_DIR"]),
            disk_free_min=settings.getint("DISK_FREE_MIN"),
            disk_full_days=settings.getfloat("DISK_FULL_DAYS"),
            outlet_articles=settings.getint("OUTLET_ARTICLES"),
            feed_silent_times=settings.getfloat("FEED_SILENT_TIMES"),
            feed_failures=settings.getint("FEED_FAILURES"),
            saves_refused=settings.getint("SAVES_REFUSED"),
            runs_late_hours=settings.getfloat("RUNS_LATE_HOURS"),
            backup_dir=Path(settings["BACKUP_DIR"]),
            backup_keep=settings.getint("BACKUP_KEEP"),
            backup_every_days=settings.getfloat("BACKUP_EVERY"),
        )
