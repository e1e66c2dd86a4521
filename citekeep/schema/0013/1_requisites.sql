-- What an article's page needs beside itself to look like itself: style, fonts, pictures, its icon. A requisite is no link: it
-- is not cited, gets no verdict and no standing, and is never looked up or saved elsewhere.
CREATE TABLE requisites (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('style', 'font', 'image', 'icon')),
    host_id INTEGER NOT NULL REFERENCES hosts (id),
    site_id INTEGER NOT NULL REFERENCES sites (id),
    turn INTEGER NOT NULL DEFAULT 0 CHECK (turn >= 0),
    tries INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
    due_at TIME,
    asked_at TIME,
    outcome TEXT CHECK (outcome IN ('captured', 'failed', 'left_out')),
    why TEXT,
    bytes INTEGER CHECK (bytes >= 0),
    capture_id INTEGER REFERENCES captures (id)
) STRICT;
-- What is to be asked of a site; which sites have any.
CREATE INDEX requisites_due ON requisites (site_id, due_at) WHERE due_at IS NOT NULL;

-- What a style sheet names: those of its last capture.
CREATE TABLE requisite_parts (
    requisite_id INTEGER NOT NULL REFERENCES requisites (id),
    part_id INTEGER NOT NULL REFERENCES requisites (id),
    kind TEXT NOT NULL CHECK (kind IN ('style', 'font', 'image', 'icon')),
    PRIMARY KEY (requisite_id, part_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE page_requisites (
    article_id INTEGER NOT NULL REFERENCES articles (id),
    requisite_id INTEGER NOT NULL REFERENCES requisites (id),
    kind TEXT NOT NULL CHECK (kind IN ('style', 'font', 'image', 'icon')),
    depth INTEGER NOT NULL CHECK (depth >= 0),
    check_id INTEGER NOT NULL REFERENCES checks (id),
    outcome TEXT NOT NULL CHECK (outcome IN ('waiting', 'captured', 'failed', 'left_out')),
    why TEXT,
    bytes INTEGER CHECK (bytes >= 0),
    capture_id INTEGER REFERENCES captures (id),
    PRIMARY KEY (article_id, requisite_id)
) STRICT, WITHOUT ROWID;
-- For which articles a requisite that has just been asked was wanted.
CREATE INDEX page_requisites_waiting ON page_requisites (requisite_id) WHERE outcome = 'waiting';

-- How many more a page names than are told one by one.
ALTER TABLE articles ADD COLUMN
    requisites_more INTEGER NOT NULL DEFAULT 0 CHECK (requisites_more >= 0);

-- A capture of one more purpose, which belongs to a requisite instead of a check. The table would have to be made anew for
-- its CHECKs; its rows need not be touched (https://www.sqlite.org/lang_altertable.html, the end of section 7).
ALTER TABLE captures ADD COLUMN
    requisite_id INTEGER REFERENCES requisites (id);
-- The exchanges of a requisite.
CREATE INDEX captures_requisite ON captures (requisite_id) WHERE requisite_id IS NOT NULL;
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(replace(sql, '''robots'', ''read_back''', '''robots'', ''read_back'', ''requisite'''),
    'CHECK (check_id IS NOT NULL OR memento_id IS NOT NULL)',
    'CHECK (check_id IS NOT NULL OR memento_id IS NOT NULL OR requisite_id IS NOT NULL)')
WHERE type = 'table' AND name = 'captures';
PRAGMA writable_schema = RESET;

CREATE VIEW article_requisites AS
SELECT
    l.url, count(p.requisite_id) + a.requisites_more AS wanted,
    coalesce(sum(p.outcome = 'captured'), 0) AS captured,
    coalesce(sum(p.outcome = 'failed'), 0) AS failed,
    coalesce(sum(p.outcome = 'left_out' AND p.why IN ('number', 'bytes', 'size', 'time', 'depth')), 0) + a.requisites_more
        AS over_the_cap,
    coalesce(sum(p.outcome = 'left_out' AND p.why NOT IN ('number', 'bytes', 'size', 'time', 'depth')), 0) AS not_asked,
    coalesce(sum(p.outcome = 'waiting'), 0) AS waiting,
    coalesce(sum(p.bytes), 0) AS bytes, c.checked_at
FROM articles AS a
JOIN links AS l ON l.id = a.link_id
JOIN page_requisites AS p ON p.article_id = a.id
    AND p.check_id = (SELECT max(check_id) FROM page_requisites WHERE article_id = a.id)
JOIN checks AS c ON c.id = p.check_id
GROUP BY a.id;

CREATE VIEW missing_requisites AS
SELECT l.url AS article_url, r.url, p.kind, p.outcome, p.why, r.asked_at, c.checked_at
FROM page_requisites AS p
JOIN articles AS a ON a.id = p.article_id
JOIN links AS l ON l.id = a.link_id
JOIN requisites AS r ON r.id = p.requisite_id
JOIN checks AS c ON c.id = p.check_id
WHERE p.outcome <> 'captured' AND p.check_id = (SELECT max(check_id) FROM page_requisites WHERE article_id = p.article_id);
