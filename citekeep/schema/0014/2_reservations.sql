-- What pages ask of those who keep, publish or mine them, as each check found it; and what was not saved because of it.

CREATE TABLE reservations (
    check_id INTEGER NOT NULL REFERENCES checks (id),
    signal TEXT NOT NULL,
    place TEXT NOT NULL,
    value TEXT NOT NULL,
    keeps INTEGER NOT NULL CHECK (keeps IN (0, 1)),
    PRIMARY KEY (check_id, signal, place)
) STRICT, WITHOUT ROWID;

ALTER TABLE sources ADD COLUMN signals TEXT NOT NULL DEFAULT 'obey' CHECK (signals IN ('obey', 'ignore'));
ALTER TABLE sources ADD COLUMN signals_reason TEXT;

-- Links that are not saved, as the page said at the last check that it asks not to be. snapshot_url of other views may still
-- name a snapshot that somebody else made.
CREATE VIEW not_saved AS
SELECT
    l.id AS link_id, l.url, c.checked_at, r.signal, r.place, r.value,
    'the page asks not to be ' || iif(r.signal = 'noarchive', 'archived', 'mined') || ' (' || r.signal || ', ' || r.place || ')'
        AS why
FROM links AS l
JOIN checks AS c ON c.id = (
    SELECT id FROM checks WHERE link_id = l.id AND reason IS NULL AND body_sha256 IS NOT NULL
    ORDER BY checked_at DESC, id DESC LIMIT 1)
JOIN reservations AS r ON r.check_id = c.id AND r.signal = (
    SELECT min(signal) FROM reservations WHERE check_id = c.id AND keeps = 1)
WHERE r.keeps = 1 AND r.place = (
    SELECT min(place) FROM reservations WHERE check_id = c.id AND signal = r.signal AND keeps = 1);

DROP VIEW citation_status;
CREATE VIEW citation_status AS
SELECT
    al.url AS article_url, n.url AS link_url, ci.url_as_written, ci.anchor_text, ci.sentence, ci.kind,
    al.site_id <> l.site_id AS is_external, n.status, v.name AS verdict, v."group" AS verdict_group,
    CASE
        WHEN r.id IS NULL THEN n.standing
        WHEN v."group" = 'alive' THEN 'alive'
        WHEN v."group" IN ('dead', 'dead_soft') THEN 'dead'
        WHEN v."group" = 'changed' THEN 'doubtful'
        WHEN v."group" = 'unknown_access' THEN 'refused'
        ELSE n.standing
    END AS standing,
    n.checked_at, m.memento_url AS snapshot_url, m.memento_at AS snapshot_at,
    coalesce(
        (SELECT quality FROM memento_now AS g WHERE g.memento_id = m.id),
        (SELECT state FROM saves WHERE link_id = l.id ORDER BY id DESC LIMIT 1)) AS snapshot_state,
    ci.position, (SELECT k.why FROM not_saved AS k WHERE k.link_id = l.id) AS not_saved
FROM citations AS ci
JOIN citation_mementos AS cm ON cm.citation_id = ci.id
JOIN articles AS a ON a.id = ci.article_id
JOIN links AS al ON al.id = a.link_id
JOIN links AS l ON l.id = ci.link_id
JOIN link_now AS n ON n.link_id = ci.link_id
LEFT JOIN reviews AS r ON r.id = (
    SELECT id FROM reviews
    WHERE citation_id = ci.id AND (until IS NULL OR until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
    ORDER BY made_at DESC, id DESC LIMIT 1)
LEFT JOIN verdicts AS v ON v.name = coalesce(r.verdict, n.verdict)
LEFT JOIN mementos AS m ON m.id = cm.memento_id;
