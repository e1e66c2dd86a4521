-- What each run did, when standings changed, what is wrong with the archive as a whole, and its backups.

-- One row for each run that was begun since there are summaries. Checks are a run's own; the ledger is worked by one run at
-- a time and also between runs, so each summary takes what came of it since the one before: all is counted once.
CREATE TABLE run_summaries (
    crawl_id INTEGER PRIMARY KEY REFERENCES crawls (id),
    made_at TIME,
    checks INTEGER,
    not_checked INTEGER,
    requests INTEGER,
    bytes INTEGER,
    articles_new INTEGER,
    articles_changed INTEGER,
    without_text INTEGER,
    died INTEGER,
    revived INTEGER,
    lookups INTEGER,
    submitted INTEGER,
    saved INTEGER,
    found INTEGER,
    refused INTEGER,
    lost INTEGER,
    saves_waiting INTEGER,
    links_due INTEGER,
    disk_free INTEGER CHECK (disk_free >= 0),
    saves_after INTEGER NOT NULL,
    saves_until INTEGER,
    lookups_after INTEGER NOT NULL,
    lookups_until INTEGER,
    standings_after INTEGER NOT NULL,
    standings_until INTEGER,
    CHECK ((made_at IS NULL) = (checks IS NULL)),
    CHECK ((made_at IS NULL) = (saves_until IS NULL))
) STRICT;
-- Runs that are still to be summed up; those of late.
CREATE INDEX run_summaries_made ON run_summaries (made_at);
-- Up to where the ledger was summed up.
CREATE INDEX run_summaries_until ON run_summaries (saves_until);

CREATE TABLE standing_changes (
    id INTEGER PRIMARY KEY,
    link_id INTEGER NOT NULL REFERENCES links (id),
    at TIME NOT NULL,
    from_standing TEXT,
    to_standing TEXT NOT NULL CHECK (to_standing IN
        ('alive', 'doubtful', 'dead', 'refused', 'unreachable_from_here', 'not_checked')),
    check_id INTEGER REFERENCES checks (id)
) STRICT;
-- What changed with the checks of a run.
CREATE INDEX standing_changes_check ON standing_changes (check_id) WHERE check_id IS NOT NULL;
-- The story of a link.
CREATE INDEX standing_changes_link ON standing_changes (link_id);
-- What changed since a day.
CREATE INDEX standing_changes_at ON standing_changes (at);

CREATE TABLE alarms (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    subject TEXT NOT NULL,
    sentence TEXT NOT NULL,
    advice TEXT NOT NULL,
    since_at TIME NOT NULL,
    raised_at TIME NOT NULL,
    seen_at TIME NOT NULL,
    cleared_at TIME,
    told_at TIME,
    end_told_at TIME
) STRICT;
-- One alarm of a kind for a subject, until it is over.
CREATE UNIQUE INDEX alarms_standing ON alarms (name, subject) WHERE cleared_at IS NULL;
-- What the archivist's webhook or command has not been told yet.
CREATE INDEX alarms_untold ON alarms (raised_at) WHERE told_at IS NULL OR (cleared_at IS NOT NULL AND end_told_at IS NULL);
-- Alarms that were raised, or were over, since a day.
CREATE INDEX alarms_raised ON alarms (raised_at);
CREATE INDEX alarms_cleared ON alarms (cleared_at) WHERE cleared_at IS NOT NULL;

CREATE TABLE backups (
    id INTEGER PRIMARY KEY,
    made_at TIME NOT NULL,
    name TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('good', 'failed', 'damaged')),
    reason TEXT,
    bytes INTEGER CHECK (bytes >= 0),
    sha256 TEXT,
    took_ms INTEGER CHECK (took_ms >= 0),
    removed_at TIME,
    CHECK ((outcome = 'good') = (name IS NOT NULL)),
    CHECK ((outcome = 'good') = (reason IS NULL))
) STRICT;

-- What a service said that it allows us a day.
CREATE TABLE quotas (
    service TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    per_day INTEGER NOT NULL CHECK (per_day >= 0),
    told_at TIME NOT NULL,
    PRIMARY KEY (service, endpoint)
) STRICT, WITHOUT ROWID;

ALTER TABLE warcs ADD COLUMN
    verified_at TIME;
ALTER TABLE warcs ADD COLUMN damage TEXT CHECK (damage IN ('missing', 'unreadable', 'other_size', 'other_sum'));
-- Which file's sum was looked at the longest ago.
CREATE INDEX warcs_verified ON warcs (verified_at) WHERE sha256 IS NOT NULL;

ALTER TABLE sources ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN
    failing_since TIME;

-- What the ledger did since a day.
CREATE INDEX save_events_at ON save_events (at);
CREATE INDEX lookups_asked ON lookups (asked_at);

CREATE VIEW run_history AS
SELECT
    c.spider, c.started_at, c.finished_at, c.finish_reason, r.checks, r.not_checked, r.requests, r.bytes, r.articles_new,
    r.articles_changed, r.without_text, r.died, r.revived, r.lookups, r.submitted, r.saved, r.found, r.refused, r.lost,
    r.saves_waiting, r.links_due, r.disk_free
FROM crawls AS c
LEFT JOIN run_summaries AS r ON r.crawl_id = c.id;

CREATE VIEW standing_history AS
SELECT
    l.url, s.site, e.at, e.from_standing, e.to_standing, c.checked_at,
    (SELECT count(DISTINCT article_id) FROM citations WHERE citations.link_id = l.id) AS citing_articles
FROM standing_changes AS e
JOIN links AS l ON l.id = e.link_id
JOIN sites AS s ON s.id = l.site_id
LEFT JOIN checks AS c ON c.id = e.check_id;

CREATE VIEW alarms_now AS
SELECT name, subject, sentence, advice, since_at, raised_at, seen_at FROM alarms WHERE cleared_at IS NULL;
