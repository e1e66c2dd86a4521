-- On which terms each source was asked, from when to when: what a run, a WARC and an export rest on stays known when
-- sources.toml has changed.

CREATE TABLE source_terms (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    from_at TIME NOT NULL,
    until_at TIME,
    terms TEXT NOT NULL CHECK (json_valid(terms))
) STRICT;
-- The terms of a source at a time.
CREATE INDEX source_terms_source ON source_terms (source_id, from_at);
-- Those in force.
CREATE UNIQUE INDEX source_terms_now ON source_terms (source_id) WHERE until_at IS NULL;

-- The one place that says what terms are. A proxy is told of, not named: it may be a host of our own. What is NULL is left
-- out, as json_patch does (RFC 7396).
CREATE VIEW terms_of_sources AS
SELECT id AS source_id, removed_at IS NULL AS in_force, json_patch('{}', json_object(
    'collection', collection, 'publicity', iif(public, 'public', 'private'), 'depth', depth, 'robots', robots,
    'robots_reason', robots_reason, 'signals', signals, 'signals_reason', signals_reason,
    'legal_basis', legal_basis, 'rights', rights, 'user_agent', user_agent, 'contact', contact, 'via_proxy', iif(proxy IS NULL, NULL, json('true')))) AS terms
FROM sources;

INSERT INTO source_terms (source_id, from_at, until_at, terms)
SELECT s.id, s.added_at, s.removed_at, t.terms FROM sources AS s JOIN terms_of_sources AS t ON t.source_id = s.id;

-- What a run asked on which terms: one row for each source, and for each change of its terms.
CREATE VIEW crawl_terms AS
SELECT
    cr.id AS crawl_id, cr.run, cr.spider, cr.started_at, so.name AS source, count(*) AS checks,
    t.terms ->> 'collection' AS collection, t.terms ->> 'publicity' AS publicity, t.terms ->> 'depth' AS depth,
    t.terms ->> 'robots' AS robots, t.terms ->> 'robots_reason' AS robots_reason,
    t.terms ->> 'signals' AS signals, t.terms ->> 'signals_reason' AS signals_reason,
    t.terms ->> 'legal_basis' AS legal_basis, t.terms ->> 'rights' AS rights, t.terms ->> 'user_agent' AS user_agent,
    t.terms ->> 'contact' AS contact, coalesce(t.terms ->> 'via_proxy', 0) AS via_proxy, t.from_at, t.until_at
FROM checks AS c
JOIN crawls AS cr ON cr.id = c.crawl_id
JOIN links AS l ON l.id = c.link_id
JOIN sources AS so ON so.id = l.source_id
JOIN source_terms AS t ON t.source_id = so.id AND t.from_at <= c.checked_at
    AND (t.until_at IS NULL OR t.until_at > c.checked_at)
GROUP BY cr.id, t.id;
