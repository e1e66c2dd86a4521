-- Who said so, wherever a person's word stands in place of what a check saw.

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
    ci.position, (SELECT k.why FROM not_saved AS k WHERE k.link_id = l.id) AS not_saved,
    coalesce(r.by, n.reviewed_by) AS reviewed_by
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

DROP VIEW link_rot;
CREATE VIEW link_rot AS
SELECT
    url, host, site, status, verdict, verdict_group, standing, strikes, checked_at, next_check_at,
    (SELECT count(DISTINCT article_id) FROM citations WHERE citations.link_id = link_now.link_id) AS citing_articles,
    reviewed_by
FROM link_now;
