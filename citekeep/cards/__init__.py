"""Cards: what a fact-checker is told of one citation, or of one link, read from archive.db alone."""
