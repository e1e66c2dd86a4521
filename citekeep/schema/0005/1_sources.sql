-- What an archivist named to be looked at, as sources.toml says; and where each article was found.

CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('article', 'list', 'feed', 'sitemap', 'section')),
    link_id INTEGER REFERENCES links (id),
    pattern TEXT,
    collection TEXT,
    every_s INTEGER CHECK (every_s > 0),
    since TEXT CHECK (since GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]'),
    depth TEXT NOT NULL CHECK (depth IN ('article', 'citations')),
    public INTEGER NOT NULL CHECK (public IN (0, 1)),
    robots TEXT NOT NULL CHECK (robots IN ('obey', 'ignore')),
    robots_reason TEXT,
    legal_basis TEXT,
    rights TEXT,
    user_agent TEXT,
    contact TEXT,
    proxy TEXT,
    added_at TIME NOT NULL,
    removed_at TIME,
    looked_at TIME,
    outcome TEXT CHECK (outcome IN ('entries', 'none', 'unreadable', 'unchanged', 'failed')),
    new_at TIME,
    CHECK ((kind = 'list') = (link_id IS NULL)),
    CHECK ((robots = 'ignore') = (robots_reason IS NOT NULL))
) STRICT;
-- Which sources a page that is due lists for.
CREATE INDEX sources_link ON sources (link_id) WHERE link_id IS NOT NULL;

-- Pages that list articles: a source's own, and the sitemaps that its index names.
CREATE TABLE source_pages (
    source_id INTEGER NOT NULL REFERENCES sources (id),
    link_id INTEGER NOT NULL REFERENCES links (id),
    changed_text TEXT,
    found_at TIME NOT NULL,
    gone_at TIME,
    PRIMARY KEY (source_id, link_id)
) STRICT, WITHOUT ROWID;
-- For which sources a page that was asked lists.
CREATE INDEX source_pages_link ON source_pages (link_id);

CREATE TABLE source_articles (
    source_id INTEGER NOT NULL REFERENCES sources (id),
    article_id INTEGER NOT NULL REFERENCES articles (id),
    first_listed_at TIME NOT NULL,
    last_listed_at TIME NOT NULL,
    changed_text TEXT,
    PRIMARY KEY (source_id, article_id)
) STRICT, WITHOUT ROWID;
-- Where an article was found.
CREATE INDEX source_articles_article ON source_articles (article_id);

-- On whose terms a link is asked: the source that named it, or by whose article it was cited first.
ALTER TABLE links ADD COLUMN source_id INTEGER REFERENCES sources (id);

CREATE VIEW source_now AS
SELECT
    s.name, s.kind, l.url, s.collection, s.every_s, s.public, s.added_at, s.removed_at, s.looked_at, s.outcome, s.new_at,
    (SELECT min(p.next_check_at) FROM source_pages AS sp JOIN links AS p ON p.id = sp.link_id
     WHERE sp.source_id = s.id AND sp.gone_at IS NULL AND s.removed_at IS NULL) AS next_look_at,
    (SELECT count(*) FROM source_articles WHERE source_id = s.id) AS articles,
    (SELECT v.name FROM judgements AS j JOIN verdicts AS v ON v.name = j.verdict
     WHERE j.check_id = l.last_check_id ORDER BY j.rules_version DESC LIMIT 1) AS verdict
FROM sources AS s LEFT JOIN links AS l ON l.id = s.link_id;
