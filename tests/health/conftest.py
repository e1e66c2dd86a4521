"""An archive, and what a person set for its health."""

import pytest

from citekeep.database import Writer
from citekeep.health.terms import Terms


@pytest.fixture
def writer(tmp_path, monkeypatch):
    monkeypatch.setattr("citekeep.database.BATCH_SECONDS", 0.0)  # nothing to wait for
    writer = Writer(tmp_path / "archive.db")
    yield writer
    writer.close()


@pytest.fixture
def terms(tmp_path):
    """Return terms of this archive, changed as a test says."""

    def made(**more):
        usual = {
            "database": tmp_path / "archive.db", "warc_dir": tmp_path / "warcs", "disk_free_min": 0, "disk_full_days": 14,
            "outlet_articles": 5, "feed_silent_times": 5, "feed_failures": 3, "saves_refused": 10, "runs_late_hours": 48,
            "backup_dir": tmp_path / "backups", "backup_keep": 2, "backup_every_days": 0,
        }  # fmt: skip
        return Terms(**usual | more)

    return made
