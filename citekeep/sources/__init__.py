"""Sources: what an archivist named in sources.toml, and the new articles found there."""

from citekeep.sources.file import SourcesError, read_sources
from citekeep.sources.source import EVERY, KINDS, Source

__all__ = ["EVERY", "KINDS", "Source", "SourcesError", "read_sources"]
