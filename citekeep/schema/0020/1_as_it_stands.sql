-- What articles cite as they are now, and what was really looked at.

-- The citations that an article has no longer: a later reading found others in it. A reading that found none at all says
-- nothing, nor does one of a page that was cut off: what is missing may stand in what did not come.
CREATE VIEW dropped_citations AS
SELECT ci.id AS citation_id, ci.article_id, ci.link_id, z.checked_at AS last_seen_at
FROM citations AS ci
JOIN checks AS z ON z.id = ci.last_check_id
JOIN versions AS v ON v.id = (SELECT id FROM versions WHERE article_id = ci.article_id ORDER BY place DESC LIMIT 1)
JOIN checks AS n ON n.id = v.last_check_id
WHERE json_array_length(v.links) > 0 AND (n.checked_at, n.id) > (z.checked_at, z.id)
    AND NOT EXISTS (
        SELECT 1 FROM judgements AS j, json_each(j.flags) WHERE j.check_id = n.id AND json_each.value = 'truncated');

-- A snapshot's state is never better than what is said of the snapshot: a review of it counts here, too.
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
        (SELECT coalesce((SELECT quality FROM memento_now AS g WHERE g.memento_id = k.memento_id), k.state)
         FROM saves AS k WHERE k.link_id = l.id ORDER BY k.id DESC LIMIT 1)) AS snapshot_state,
    ci.position, (SELECT k.why FROM not_saved AS k WHERE k.link_id = l.id) AS not_saved,
    coalesce(r.by, n.reviewed_by) AS reviewed_by,
    NOT EXISTS (SELECT 1 FROM dropped_citations AS d WHERE d.citation_id = ci.id) AS still_cited
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

DROP VIEW unarchived_citations;
CREATE VIEW unarchived_citations AS
SELECT
    article_url, link_url, anchor_text, sentence, status, verdict, verdict_group, standing, checked_at, snapshot_state
FROM citation_status
WHERE snapshot_url IS NULL AND still_cited;

DROP VIEW link_rot;
CREATE VIEW link_rot AS
SELECT
    url, host, site, status, verdict, verdict_group, standing, strikes, checked_at, next_check_at,
    (SELECT count(DISTINCT ci.article_id) FROM citations AS ci
     WHERE ci.link_id = link_now.link_id
        AND NOT EXISTS (SELECT 1 FROM dropped_citations AS d WHERE d.citation_id = ci.id)) AS citing_articles,
    reviewed_by
FROM link_now;

-- What Citekeep chose not to ask was not looked at.
DROP VIEW host_autopsy;
CREATE VIEW host_autopsy AS
SELECT
    host, site, links, checked, answering, dead, looking_dead, refused, alive_until,
    (SELECT min(d.dead_by) FROM links AS d JOIN hosts AS h ON h.id = d.host_id
     WHERE h.host = a.host AND d.dead_by > coalesce(a.alive_until, '')) AS dead_by,
    with_snapshot,
    printf('%d of %d dead', dead, links)
        || iif(links > checked, printf(', %d not checked', links - checked), '')
        || coalesce(', alive until ' || substr(alive_until, 1, 10), '') AS said
FROM (
    SELECT
        n.host, n.site,
        count(*) FILTER (WHERE source) AS links,
        count(n.checked_at) FILTER (WHERE source AND n.verdict_group IS NOT 'not_checked') AS checked,
        count(*) FILTER (WHERE source AND n.verdict_group IN ('alive', 'changed')) AS answering,
        count(*) FILTER (WHERE source AND n.standing = 'dead') AS dead,
        count(*) FILTER (WHERE source AND n.verdict_group IN ('dead', 'dead_soft')) AS looking_dead,
        count(*) FILTER (WHERE source AND n.verdict_group = 'unknown_access') AS refused,
        max(n.alive_until) AS alive_until,  -- an article that answers is proof that its host is alive
        count(*) FILTER (WHERE source AND EXISTS (SELECT 1 FROM good_mementos AS g WHERE g.link_id = n.link_id))
            AS with_snapshot
    FROM (
        SELECT
            k.*, l.alive_until,
            NOT EXISTS (SELECT 1 FROM articles WHERE articles.link_id = l.id)
                OR EXISTS (SELECT 1 FROM citations WHERE citations.link_id = l.id) AS source
        FROM link_now AS k
        JOIN links AS l ON l.id = k.link_id) AS n
    GROUP BY n.host, n.site
    HAVING links > 0) AS a;

-- A document that is gone was read all the same.
DROP VIEW citations_of_documents;
CREATE VIEW citations_of_documents AS
SELECT
    l.url AS document_url, d.title AS document_title, dc.position, dc.url, dc.url_as_written, dc.anchor_text, dc.sentence,
    dc.kind, o.standing
FROM links AS l
JOIN checks AS c ON c.id = (
    SELECT k.id FROM checks AS k JOIN documents AS kd ON kd.id = k.document_id AND kd.outcome = 'ok'
    JOIN judgements AS kj ON kj.check_id = k.id
        AND kj.rules_version = (SELECT max(rules_version) FROM judgements WHERE check_id = k.id)
    JOIN verdicts AS kv ON kv.name = kj.verdict AND kv."group" = 'alive'
    WHERE k.link_id = l.id ORDER BY k.checked_at DESC, k.id DESC LIMIT 1)
JOIN documents AS d ON d.id = c.document_id
JOIN document_citations AS dc ON dc.document_id = d.id
LEFT JOIN link_now AS o ON o.url = dc.url;

-- The rules were wrong only where they said something: not where nothing was asked, read, or to be told.
DROP VIEW disagreements;
CREATE VIEW disagreements AS
SELECT DISTINCT
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
    m.quality <> 'unread' AND r.verdict <> iif(m.quality = 'identical', 'verified', m.quality),
    v."group" NOT IN ('not_checked', 'pending') AND r.verdict_group <> v."group");
