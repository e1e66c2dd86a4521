"""archive.db in the browser: Datasette's configuration, made from the data dictionary and queries/."""
