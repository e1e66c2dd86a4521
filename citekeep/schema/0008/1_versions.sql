-- What an outlet edited after publication: one row is a stretch of readings that showed an article the same. A reading that
-- shows nothing new adds no row. links: ids of what its text cites, as a JSON array in ascending order, NULL where not known.
CREATE TABLE versions (
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles (id),
    place INTEGER NOT NULL CHECK (place >= 1),
    version INTEGER NOT NULL CHECK (version BETWEEN 1 AND place),
    document_id INTEGER NOT NULL REFERENCES documents (id),
    text_id INTEGER NOT NULL REFERENCES texts (id),
    title TEXT NOT NULL,
    links TEXT CHECK (links IS NULL OR json_valid(links)),
    words_gained INTEGER CHECK (words_gained >= 0),
    words_lost INTEGER CHECK (words_lost >= 0),
    first_check_id INTEGER NOT NULL REFERENCES checks (id),
    last_check_id INTEGER NOT NULL REFERENCES checks (id),
    readings INTEGER NOT NULL CHECK (readings >= 1),
    UNIQUE (article_id, place)
) STRICT;

-- What was read before this table was there. The words that came and went were not counted then.
INSERT INTO versions (article_id, place, version, document_id, text_id, title, links, first_check_id, last_check_id, readings)
WITH readings AS (
    SELECT a.id AS article_id, c.id AS check_id, c.turn, d.id AS document_id, d.text_id, coalesce(d.title, '') AS title
    FROM articles AS a
    JOIN checks AS c ON c.link_id = a.link_id
    JOIN documents AS d ON d.id = c.document_id AND d.outcome = 'ok' AND d.text_id IS NOT NULL
    JOIN judgements AS j ON j.check_id = c.id
        AND j.rules_version = (SELECT max(rules_version) FROM judgements WHERE check_id = c.id)
    JOIN verdicts AS v ON v.name = j.verdict AND v."group" IN ('alive', 'changed')),
marked AS (
    SELECT *, text_id IS NOT lag(text_id) OVER turns OR title IS NOT lag(title) OVER turns AS begins
    FROM readings WINDOW turns AS (PARTITION BY article_id ORDER BY turn)),
placed AS (SELECT *, sum(begins) OVER (PARTITION BY article_id ORDER BY turn) AS place FROM marked),
stretches AS (
    SELECT
        article_id, place, min(document_id) AS document_id, text_id, title, min(check_id) AS first_check_id,
        max(check_id) AS last_check_id, count(*) AS readings,
        min(place) OVER (PARTITION BY article_id, text_id, title) AS first_place
    FROM placed GROUP BY article_id, place, text_id, title)
SELECT
    article_id, place, dense_rank() OVER (PARTITION BY article_id ORDER BY first_place), document_id, text_id, title,
    (SELECT json_group_array(link_id) FROM (
        SELECT DISTINCT link_id FROM citations AS ci
        WHERE ci.article_id = stretches.article_id AND stretches.first_check_id BETWEEN ci.first_check_id AND ci.last_check_id
            AND ci.kind IN ('anchor', 'plain_text', 'footnote', 'embed')
        ORDER BY link_id)),
    first_check_id, last_check_id, readings
FROM stretches ORDER BY article_id, place;

DROP VIEW article_versions;
CREATE VIEW article_versions AS
SELECT
    l.url, v.version, v.place, f.checked_at AS first_seen_at, z.checked_at AS last_seen_at, v.readings, v.title,
    d.word_count, v.words_gained, v.words_lost, iif(v.title IS NOT p.title, p.title, NULL) AS title_before,
    CASE WHEN v.links IS NOT NULL THEN json_array_length(v.links) END AS links,
    CASE WHEN v.links IS NOT NULL AND p.links IS NOT NULL THEN (
        SELECT count(*) FROM json_each(v.links) WHERE value NOT IN (SELECT value FROM json_each(p.links))) END AS links_added,
    CASE WHEN v.links IS NOT NULL AND p.links IS NOT NULL THEN (
        SELECT count(*) FROM json_each(p.links) WHERE value NOT IN (SELECT value FROM json_each(v.links))) END AS links_removed,
    EXISTS (SELECT 1 FROM versions WHERE article_id = v.article_id AND version = v.version AND place < v.place) AS seen_before,
    d.extractor_version IS NOT q.extractor_version AND p.id IS NOT NULL AS other_extractor,
    t.text_sha256, f.body_sha256
FROM versions AS v
JOIN articles AS a ON a.id = v.article_id
JOIN links AS l ON l.id = a.link_id
JOIN documents AS d ON d.id = v.document_id
JOIN texts AS t ON t.id = v.text_id
JOIN checks AS f ON f.id = v.first_check_id
JOIN checks AS z ON z.id = v.last_check_id
LEFT JOIN versions AS p ON p.article_id = v.article_id AND p.place = v.place - 1
LEFT JOIN documents AS q ON q.id = p.document_id;
