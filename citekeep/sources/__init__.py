"""Sources: what an archivist named in sources.toml, and the new articles found there."""

from citekeep.sources.asked import AskedSources, articles_first, read_asked
from citekeep.sources.file import SourcesError, read_sources
from citekeep.sources.source import EVERY, KINDS, Source

__all__ = ["EVERY", "KINDS", "AskedSources", "Source", "SourcesError", "articles_first", "read_asked", "read_sources"]
