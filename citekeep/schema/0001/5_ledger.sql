-- The ledger: captures elsewhere, wishes that there be one, and what became of them.

CREATE TABLE mementos (
    id INTEGER PRIMARY KEY,
    link_id INTEGER NOT NULL REFERENCES links (id),
    service TEXT NOT NULL,
    memento_url TEXT NOT NULL,
    memento_at TIME NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('cdx', 'timemap', 'saved')),
    found_at TIME NOT NULL,
    status INTEGER CHECK (status BETWEEN 100 AND 999),
    type TEXT,
    digest TEXT,
    length INTEGER,
    quality TEXT NOT NULL DEFAULT 'unread' CHECK (quality IN ('unread', 'verified', 'rejected', 'lost', 'identical')),
    reason TEXT,
    verified_at TIME,
    next_verify_at TIME,
    document_id INTEGER REFERENCES documents (id),
    similarity REAL,
    tries INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
    -- Links that differ for us (http, https) may be one page, and so one memento, to the archive.
    UNIQUE (link_id, memento_url)
) STRICT;
-- The memento of a link nearest to a date.
CREATE INDEX mementos_link ON mementos (link_id, memento_at);
-- Read-backs that are due.
CREATE INDEX mementos_verify ON mementos (next_verify_at) WHERE next_verify_at IS NOT NULL;

CREATE TABLE saves (
    id INTEGER PRIMARY KEY,
    link_id INTEGER NOT NULL REFERENCES links (id),
    service TEXT NOT NULL,
    mode TEXT NOT NULL DEFAULT 'save' CHECK (mode IN ('save', 'lookup')),
    why TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL CHECK (state IN ('wanted', 'deferred', 'submitting', 'submitted', 'unknown', 'saved', 'found',
        'verified', 'rejected', 'lost', 'refused', 'absent')),
    reason TEXT,
    job_id TEXT,
    holder TEXT,
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    wanted_at TIME NOT NULL,
    submitted_at TIME,
    changed_at TIME NOT NULL,
    next_attempt_at TIME,
    memento_id INTEGER REFERENCES mementos (id)
) STRICT;
-- One open wish for a link and service; open: neither a memento nor a final answer has been had.
CREATE UNIQUE INDEX saves_open ON saves (link_id, service)
    WHERE state IN ('wanted', 'deferred', 'submitting', 'submitted', 'unknown');
-- All wishes for a link, newest last.
CREATE INDEX saves_link ON saves (link_id);
-- What the ledger has to do next.
CREATE INDEX saves_state ON saves (state, next_attempt_at);
-- The wish that a memento fulfilled.
CREATE INDEX saves_memento ON saves (memento_id) WHERE memento_id IS NOT NULL;

CREATE TABLE save_events (
    id INTEGER PRIMARY KEY,
    save_id INTEGER NOT NULL REFERENCES saves (id),
    at TIME NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    reason TEXT,
    answer TEXT
) STRICT;
-- The story of one save.
CREATE INDEX save_events_save ON save_events (save_id);
CREATE TRIGGER save_events_stay BEFORE UPDATE ON save_events BEGIN
    SELECT RAISE(ABORT, 'save_events is append-only');
END;

CREATE TABLE lookups (
    id INTEGER PRIMARY KEY,
    link_id INTEGER NOT NULL REFERENCES links (id),
    service TEXT NOT NULL,
    asked_at TIME NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('rows', 'empty', 'blocked', 'throttled', 'malformed', 'failed')),
    rows INTEGER,
    reason TEXT,
    from_at TIME,
    to_at TIME
) STRICT;
-- When an index was last asked about a link.
CREATE INDEX lookups_link ON lookups (link_id, service, asked_at);

CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until TIME NOT NULL
) STRICT;

CREATE TABLE counters (
    service TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    window TEXT NOT NULL,
    used INTEGER NOT NULL CHECK (used >= 0),
    PRIMARY KEY (service, endpoint, window)
) STRICT, WITHOUT ROWID;
