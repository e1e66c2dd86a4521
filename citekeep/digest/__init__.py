"""What a run, or a span of time, brought: as data, as text, as a page. Read from archive.db, asking nobody."""
