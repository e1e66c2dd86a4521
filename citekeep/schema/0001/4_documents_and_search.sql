-- What was read out of bodies, and the full-text index over it.

CREATE TABLE texts (
    id INTEGER PRIMARY KEY,
    text_sha256 TEXT NOT NULL UNIQUE,
    text TEXT NOT NULL,
    title_folded TEXT NOT NULL,
    folded TEXT NOT NULL
) STRICT;

-- Both columns are folded by citekeep/folding.py, as queries must be: the tokenizer only splits them into words.
CREATE VIRTUAL TABLE texts_search USING fts5 (
    title_folded, folded, content = 'texts', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 0'
);
CREATE TRIGGER texts_added AFTER INSERT ON texts BEGIN
    INSERT INTO texts_search (rowid, title_folded, folded) VALUES (new.id, new.title_folded, new.folded);
END;
CREATE TRIGGER texts_removed AFTER DELETE ON texts BEGIN
    INSERT INTO texts_search (texts_search, rowid, title_folded, folded)
    VALUES ('delete', old.id, old.title_folded, old.folded);
END;
CREATE TRIGGER texts_folded AFTER UPDATE OF title_folded, folded ON texts BEGIN
    INSERT INTO texts_search (texts_search, rowid, title_folded, folded)
    VALUES ('delete', old.id, old.title_folded, old.folded);
    INSERT INTO texts_search (rowid, title_folded, folded) VALUES (new.id, new.title_folded, new.folded);
END;

CREATE TABLE documents (
    id INTEGER PRIMARY KEY,
    body_sha256 TEXT NOT NULL,
    extractor TEXT NOT NULL,
    extractor_version TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('ok', 'empty', 'timed_out', 'crashed', 'not_text')),
    text_id INTEGER REFERENCES texts (id),
    title TEXT,
    author TEXT,
    language TEXT,
    site_name TEXT,
    published_text TEXT,
    published_on TEXT CHECK (published_on GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]'),
    published_at TIME,
    published_basis TEXT CHECK (published_basis IN
        ('json_ld', 'meta', 'time_element', 'url', 'feed', 'sitemap', 'user', 'guess')),
    word_count INTEGER NOT NULL DEFAULT 0 CHECK (word_count >= 0),
    error_text TEXT,
    elapsed_ms INTEGER,
    made_at TIME NOT NULL,
    UNIQUE (body_sha256, extractor, extractor_version)
) STRICT;
-- From a text found by search to where it came from.
CREATE INDEX documents_text ON documents (text_id) WHERE text_id IS NOT NULL;
-- From a document to the checks that saw its body.
CREATE INDEX checks_document ON checks (document_id) WHERE document_id IS NOT NULL;

CREATE TABLE passages (
    id INTEGER PRIMARY KEY,
    citation_id INTEGER NOT NULL REFERENCES citations (id),
    check_id INTEGER REFERENCES checks (id),
    memento_id INTEGER REFERENCES mementos (id),
    answer TEXT NOT NULL CHECK (answer IN ('present', 'partly', 'absent', 'not_comparable')),
    missing TEXT CHECK (missing IS NULL OR json_valid(missing)),
    reason TEXT,
    method TEXT NOT NULL,
    compared_at TIME NOT NULL,
    CHECK ((check_id IS NULL) <> (memento_id IS NULL))
) STRICT;
-- What is known of a citation's words, then and now.
CREATE INDEX passages_citation ON passages (citation_id, compared_at);

-- What the tables, views and columns mean: filled from citekeep/dictionary.toml when the file is opened for writing.
CREATE TABLE dictionary (
    name TEXT NOT NULL,
    column_name TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL CHECK (kind IN ('table', 'view', 'column')),
    description TEXT NOT NULL,
    PRIMARY KEY (name, column_name)
) STRICT, WITHOUT ROWID;
