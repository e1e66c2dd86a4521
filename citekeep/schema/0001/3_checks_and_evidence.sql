-- Checks, the exchanges they are made of, and what was concluded.

CREATE TABLE checks (
    id INTEGER PRIMARY KEY,
    link_id INTEGER NOT NULL REFERENCES links (id),
    turn INTEGER NOT NULL,
    crawl_id INTEGER NOT NULL REFERENCES crawls (id),
    epoch INTEGER NOT NULL,
    checked_at TIME NOT NULL,
    requested_url TEXT NOT NULL,
    final_url TEXT,
    status INTEGER CHECK (status BETWEEN 100 AND 999),
    error TEXT CHECK (error IN ('nxdomain', 'no_address', 'dns_failed', 'refused', 'unreachable', 'reset', 'closed',
        'timeout', 'tls_failed', 'bad_response', 'cut_off', 'too_large', 'bad_encoding', 'too_many_redirects',
        'bad_redirect', 'local', 'other')),
    error_phase TEXT CHECK (error_phase IN ('dns', 'connect', 'tls', 'send', 'headers', 'body')),
    reason TEXT,
    content_type TEXT,
    body_sha256 TEXT,
    bytes INTEGER CHECK (bytes >= 0),
    document_id INTEGER REFERENCES documents (id),
    similarity REAL,
    UNIQUE (link_id, turn)
) STRICT;
-- The history of a link, newest last.
CREATE INDEX checks_link ON checks (link_id, checked_at);
-- Where else the same bytes were seen.
CREATE INDEX checks_body ON checks (body_sha256) WHERE body_sha256 IS NOT NULL;
-- What a run did: the table at its end.
CREATE INDEX checks_crawl ON checks (crawl_id);

CREATE TABLE warcs (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    opened_at TIME NOT NULL,
    closed_at TIME,
    bytes INTEGER CHECK (bytes >= 0),
    records INTEGER CHECK (records >= 0),
    sha256 TEXT
) STRICT;

CREATE TABLE captures (
    id INTEGER PRIMARY KEY,
    check_id INTEGER REFERENCES checks (id),
    memento_id INTEGER REFERENCES mementos (id),
    purpose TEXT NOT NULL CHECK (purpose IN ('page', 'hop', 'probe', 'robots', 'read_back')),
    hop INTEGER NOT NULL DEFAULT 0 CHECK (hop >= 0),
    url TEXT NOT NULL,
    method TEXT NOT NULL DEFAULT 'GET',
    started_at TIME,
    status INTEGER CHECK (status BETWEEN 100 AND 999),
    error TEXT CHECK (error IN ('nxdomain', 'no_address', 'dns_failed', 'refused', 'unreachable', 'reset', 'closed',
        'timeout', 'tls_failed', 'bad_response', 'cut_off', 'too_large', 'bad_encoding', 'too_many_redirects',
        'bad_redirect', 'local', 'other')),
    error_phase TEXT CHECK (error_phase IN ('dns', 'connect', 'tls', 'send', 'headers', 'body')),
    error_text TEXT,
    ip TEXT,
    port INTEGER CHECK (port BETWEEN 0 AND 65535),
    via_proxy INTEGER NOT NULL DEFAULT 0 CHECK (via_proxy IN (0, 1)),
    tls TEXT CHECK (tls IS NULL OR json_valid(tls)),
    dns TEXT CHECK (dns IS NULL OR json_valid(dns)),
    dns_ms INTEGER,
    connect_ms INTEGER,
    tls_ms INTEGER,
    first_byte_ms INTEGER,
    total_ms INTEGER,
    body_sha256 TEXT,
    body_sha1 TEXT,
    body_length INTEGER CHECK (body_length >= 0),
    truncated TEXT CHECK (truncated IN ('length', 'time', 'disconnect', 'unspecified')),
    warc_id INTEGER REFERENCES warcs (id),
    offset INTEGER CHECK (offset >= 0),
    length INTEGER CHECK (length >= 0),
    CHECK (check_id IS NOT NULL OR memento_id IS NOT NULL),
    CHECK ((warc_id IS NULL) = (offset IS NULL)),
    CHECK ((warc_id IS NULL) = (length IS NULL))
) STRICT;
-- The exchanges of a check; redirects.
CREATE INDEX captures_check ON captures (check_id, hop);
-- The read-backs of a memento.
CREATE INDEX captures_memento ON captures (memento_id) WHERE memento_id IS NOT NULL;
-- Revisit records: an earlier capture of the same bytes.
CREATE INDEX captures_body ON captures (body_sha256, url) WHERE body_sha256 IS NOT NULL;
-- All that lies in one WARC, in its order.
CREATE INDEX captures_warc ON captures (warc_id, offset) WHERE warc_id IS NOT NULL;

-- Filled from citekeep/verdicts/table.py each time the file is opened for writing.
CREATE TABLE verdicts (
    name TEXT PRIMARY KEY,
    "group" TEXT NOT NULL CHECK ("group" IN
        ('alive', 'changed', 'dead', 'dead_soft', 'unknown_access', 'pending', 'not_checked')),
    position INTEGER NOT NULL,
    strikes INTEGER NOT NULL CHECK (strikes IN (0, 1)),
    rot_strict INTEGER CHECK (rot_strict IN (0, 1)),
    rot_broad INTEGER CHECK (rot_broad IN (0, 1)),
    rot_pew_2024 INTEGER CHECK (rot_pew_2024 IN (0, 1)),
    cs1_url_status TEXT,
    sentence_en TEXT NOT NULL,
    sentence_ru TEXT NOT NULL,
    sentence_uk TEXT NOT NULL,
    since_ruleset INTEGER NOT NULL
) STRICT;

CREATE TABLE judgements (
    check_id INTEGER NOT NULL REFERENCES checks (id),
    rules_version INTEGER NOT NULL,
    verdict TEXT NOT NULL REFERENCES verdicts (name),
    flags TEXT NOT NULL CHECK (json_valid(flags)),
    evidence TEXT NOT NULL CHECK (json_valid(evidence)),
    judged_at TIME NOT NULL,
    PRIMARY KEY (check_id, rules_version)
) STRICT, WITHOUT ROWID;

CREATE TABLE reviews (
    id INTEGER PRIMARY KEY,
    link_id INTEGER REFERENCES links (id),
    citation_id INTEGER REFERENCES citations (id),
    memento_id INTEGER REFERENCES mementos (id),
    verdict TEXT REFERENCES verdicts (name),
    quality TEXT CHECK (quality IN ('verified', 'rejected', 'lost')),
    by TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    made_at TIME NOT NULL,
    until TIME,
    CHECK ((link_id IS NOT NULL) + (citation_id IS NOT NULL) + (memento_id IS NOT NULL) = 1),
    CHECK ((memento_id IS NULL) = (quality IS NULL)),
    CHECK ((memento_id IS NULL) = (verdict IS NOT NULL))
) STRICT;
-- The review in force, for each of the three things that are reviewed.
CREATE INDEX reviews_link ON reviews (link_id) WHERE link_id IS NOT NULL;
CREATE INDEX reviews_citation ON reviews (citation_id) WHERE citation_id IS NOT NULL;
CREATE INDEX reviews_memento ON reviews (memento_id) WHERE memento_id IS NOT NULL;
