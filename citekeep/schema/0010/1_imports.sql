-- Captures that somebody else made, brought in from their WARCs.

-- What a file was called when it was brought in, and which program wrote it, as its warcinfo says.
ALTER TABLE warcs ADD COLUMN
    imported_from TEXT;
ALTER TABLE warcs ADD COLUMN
    software TEXT;

CREATE TABLE imports (
    capture_id INTEGER PRIMARY KEY REFERENCES captures (id),
    record_id TEXT NOT NULL,
    body_warc_id INTEGER REFERENCES warcs (id),
    body_offset INTEGER CHECK (body_offset >= 0),
    body_length INTEGER CHECK (body_length >= 0),
    CHECK ((body_warc_id IS NULL) = (body_offset IS NULL)),
    CHECK ((body_warc_id IS NULL) = (body_length IS NULL))
) STRICT;
-- Whether a record was brought in before.
CREATE INDEX imports_record ON imports (record_id);

-- A link may be known to have lived, or to have been gone, by such a capture. Only CHECKs change, so the stored text of the
-- table is all there is to change (https://sqlite.org/lang_altertable.html, section 8).
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(sql, '_basis IN (''own_check'', ''memento'')', '_basis IN (''own_check'', ''import'', ''memento'')')
WHERE type = 'table' AND name = 'links';
PRAGMA writable_schema = RESET;

-- Passages then and now in the order in which pages were seen: an imported check is recorded long after.
DROP VIEW passage_now;
CREATE VIEW passage_now AS
SELECT
    article_url, link_url, anchor_text, sentence,
    coalesce(iif(then_comparable, s_answer, f_answer), s_answer, 'not_comparable') AS then_answer,
    CASE WHEN then_comparable OR f_answer IS NULL THEN iif(s_answer IS NULL, NULL, 'memento') ELSE 'own_check' END
        AS then_basis,
    CASE WHEN then_comparable OR f_answer IS NULL THEN iif(s_answer IS NULL, NULL, memento_at) ELSE f_at END AS then_at,
    iif(then_comparable OR f_answer IS NULL, iif(s_answer IS NULL, NULL, memento_url), NULL) AS then_url,
    iif(then_comparable OR f_answer IS NULL, s_missing, f_missing) AS then_missing,
    CASE
        WHEN then_comparable OR f_answer IS NOT NULL THEN NULL
        ELSE coalesce(s_reason, iif(memento_url IS NULL, 'no_snapshot', 'not_read'))
    END AS then_reason,
    now_answer, now_at, now_missing, now_reason,
    CASE
        WHEN now_answer IS NULL THEN 'not looked at'
        WHEN coalesce(iif(then_comparable, s_answer, f_answer), '') = 'present' THEN CASE
            WHEN now_answer = 'present' THEN 'still there'
            WHEN now_answer = 'partly' THEN 'part of it is missing now'
            WHEN now_answer = 'absent' THEN 'no longer there'
            WHEN now_reason = 'gone' THEN 'it was there; the page is gone'
            ELSE 'it was there; now it cannot be told'
        END
        WHEN now_answer = 'present' THEN 'there now'
        WHEN now_answer = 'partly' THEN 'part of it is there'
        WHEN now_answer = 'absent' AND coalesce(iif(then_comparable, s_answer, f_answer), '') = 'absent'
            THEN 'not found, then or now'
        ELSE 'cannot be told'
    END AS said
FROM (
    SELECT
        al.url AS article_url, l.url AS link_url, ci.anchor_text, ci.sentence, m.memento_url, m.memento_at,
        s.answer AS s_answer, s.missing AS s_missing, s.reason AS s_reason,
        coalesce(s.answer <> 'not_comparable', 0) AS then_comparable,
        f.answer AS f_answer, f.missing AS f_missing, fc.checked_at AS f_at,
        p.answer AS now_answer, p.missing AS now_missing, p.reason AS now_reason,
        iif(n.verdict_group = 'not_checked', pc.checked_at, n.checked_at) AS now_at
    FROM citations AS ci
    JOIN citation_mementos AS cm ON cm.citation_id = ci.id
    JOIN articles AS a ON a.id = ci.article_id
    JOIN links AS al ON al.id = a.link_id
    JOIN links AS l ON l.id = ci.link_id
    JOIN link_now AS n ON n.link_id = ci.link_id
    LEFT JOIN mementos AS m ON m.id = cm.memento_id
    LEFT JOIN passages AS s ON s.id = (
        SELECT id FROM passages WHERE citation_id = ci.id AND memento_id = cm.memento_id
        ORDER BY compared_at DESC, id DESC LIMIT 1)
    LEFT JOIN passages AS p ON p.id = (
        SELECT o.id FROM passages AS o JOIN checks AS oc ON oc.id = o.check_id WHERE o.citation_id = ci.id
        ORDER BY oc.checked_at DESC, o.compared_at DESC, o.id DESC LIMIT 1)
    LEFT JOIN checks AS pc ON pc.id = p.check_id
    LEFT JOIN passages AS f ON f.id = (
        SELECT o.id FROM passages AS o JOIN checks AS oc ON oc.id = o.check_id
        WHERE o.citation_id = ci.id AND oc.checked_at < pc.checked_at AND o.answer <> 'not_comparable'
        ORDER BY oc.checked_at, o.check_id, o.id DESC LIMIT 1)
    LEFT JOIN checks AS fc ON fc.id = f.check_id);
