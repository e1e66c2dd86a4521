-- What people say, where it is in force; and where the machine said otherwise.

-- The reviews that hold now: of each link, citation and memento the newest that has not run out.
CREATE VIEW review_now AS
SELECT
    r.id AS review_id, r.link_id, r.citation_id, r.memento_id,
    CASE WHEN r.link_id IS NOT NULL THEN 'link' WHEN r.citation_id IS NOT NULL THEN 'citation' ELSE 'snapshot' END AS kind,
    l.url, al.url AS article_url, ci.anchor_text, m.memento_url AS snapshot_url, coalesce(r.verdict, r.quality) AS verdict,
    v."group" AS verdict_group, r.by, r.note, r.made_at, r.until
FROM reviews AS r
LEFT JOIN citations AS ci ON ci.id = r.citation_id
LEFT JOIN articles AS a ON a.id = ci.article_id
LEFT JOIN links AS al ON al.id = a.link_id
LEFT JOIN mementos AS m ON m.id = r.memento_id
JOIN links AS l ON l.id = coalesce(r.link_id, ci.link_id, m.link_id)
LEFT JOIN verdicts AS v ON v.name = r.verdict
WHERE (r.until IS NULL OR r.until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
    AND r.id = (
        SELECT id FROM reviews AS o
        WHERE (o.link_id = r.link_id OR o.citation_id = r.citation_id OR o.memento_id = r.memento_id)
            AND (o.until IS NULL OR o.until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
        ORDER BY o.made_at DESC, o.id DESC LIMIT 1);

-- Reviews in force beside what the machine said of the same thing: of a link, its last check when the review was made, as
-- it is judged now. Rules that are mended make a row go away.
CREATE VIEW disagreements AS
SELECT
    r.kind, r.url, r.article_url, r.snapshot_url, r.verdict AS reviewed, r.verdict_group AS reviewed_group,
    coalesce(j.verdict, m.quality) AS judged, v."group" AS judged_group,
    iif(r.kind = 'snapshot', nullif(substr(m.reason, 1, instr(m.reason, ':') - 1), ''), json_extract(j.evidence, '$.rule'))
        AS rule,
    j.rules_version, coalesce(c.checked_at, m.verified_at) AS checked_at, r.by, r.note, r.made_at
FROM review_now AS r
LEFT JOIN citations AS ci ON ci.id = r.citation_id
LEFT JOIN mementos AS m ON m.id = r.memento_id
LEFT JOIN checks AS c ON c.id = iif(r.kind = 'snapshot', NULL, coalesce(
    (SELECT id FROM checks WHERE link_id = coalesce(r.link_id, ci.link_id) AND checked_at <= r.made_at
     ORDER BY checked_at DESC, id DESC LIMIT 1),
    (SELECT min(id) FROM checks WHERE link_id = coalesce(r.link_id, ci.link_id))))
LEFT JOIN judgements AS j ON j.check_id = c.id
    AND j.rules_version = (SELECT max(rules_version) FROM judgements WHERE check_id = c.id)
LEFT JOIN verdicts AS v ON v.name = j.verdict
WHERE iif(r.kind = 'snapshot',
    r.verdict <> iif(m.quality = 'identical', 'verified', m.quality), r.verdict_group <> coalesce(v."group", ''));

-- A review that says "changed" leaves a link in doubt, as a check does; a review of a citation wins in its standing, too.
DROP VIEW link_now;
CREATE VIEW link_now AS
SELECT
    l.id AS link_id, l.url, h.host, s.site, c.status, c.error, c.reason, v.name AS verdict, v."group" AS verdict_group,
    v.sentence_en AS sentence, v.rot_strict, v.rot_broad,
    CASE
        WHEN r.id IS NULL THEN l.standing
        WHEN v."group" = 'alive' THEN 'alive'
        WHEN v."group" IN ('dead', 'dead_soft') THEN 'dead'
        WHEN v."group" = 'changed' THEN 'doubtful'
        WHEN v."group" = 'unknown_access' THEN 'refused'
        ELSE l.standing
    END AS standing,
    l.strikes, c.checked_at, l.next_check_at, r.by AS reviewed_by, l.public, l.withheld
FROM links AS l
JOIN sites AS s ON s.id = l.site_id
JOIN hosts AS h ON h.id = l.host_id
LEFT JOIN checks AS c ON c.id = l.last_check_id
LEFT JOIN reviews AS r ON r.id = (
    SELECT id FROM reviews
    WHERE link_id = l.id AND (until IS NULL OR until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
    ORDER BY made_at DESC, id DESC LIMIT 1)
LEFT JOIN judgements AS j ON j.check_id = c.id
    AND j.rules_version = (SELECT max(rules_version) FROM judgements WHERE check_id = c.id)
LEFT JOIN verdicts AS v ON v.name = coalesce(r.verdict, j.verdict);

DROP VIEW unarchived_citations;
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
    ci.position
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

CREATE VIEW unarchived_citations AS
SELECT
    article_url, link_url, anchor_text, sentence, status, verdict, verdict_group, standing, checked_at, snapshot_state
FROM citation_status
WHERE snapshot_url IS NULL;
