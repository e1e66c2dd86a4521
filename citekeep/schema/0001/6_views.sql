-- The contract with analysts. A person's review outranks the machine in each of them.

-- What is held true of each link now. The other views build on it.
CREATE VIEW link_now AS
SELECT
    l.id AS link_id, l.url, h.host, s.site, c.status, c.error, c.reason, v.name AS verdict, v."group" AS verdict_group,
    v.sentence_en AS sentence, v.rot_strict, v.rot_broad,
    CASE
        WHEN r.id IS NULL THEN l.standing
        WHEN v."group" = 'alive' THEN 'alive'
        WHEN v."group" IN ('dead', 'dead_soft') THEN 'dead'
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

-- Every memento as it is judged now.
CREATE VIEW memento_now AS
SELECT
    m.id AS memento_id, m.link_id, m.service, m.memento_url, m.memento_at, m.origin, m.status,
    coalesce(r.quality, m.quality) AS quality, m.verified_at, m.reason
FROM mementos AS m
LEFT JOIN reviews AS r ON r.id = (
    SELECT id FROM reviews
    WHERE memento_id = m.id AND (until IS NULL OR until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
    ORDER BY made_at DESC, id DESC LIMIT 1);

-- Mementos that may be relied on: never one that was read back and found bad, or that is gone.
CREATE VIEW good_mementos AS
SELECT
    memento_id, link_id, service, memento_url, memento_at, origin, quality, verified_at, reason,
    quality IN ('verified', 'identical') AS read_back
FROM memento_now
WHERE quality IN ('verified', 'identical') OR (quality = 'unread' AND coalesce(status, 200) BETWEEN 200 AND 299);

CREATE VIEW article_texts AS
SELECT
    l.url, t.text, d.title, d.author,
    iif(a.published_basis = 'guess', NULL, coalesce(a.published_at, a.published_on)) AS published_at, d.language, d.site_name
FROM articles AS a
JOIN links AS l ON l.id = a.link_id
JOIN documents AS d ON d.id = a.last_document_id
LEFT JOIN texts AS t ON t.id = d.text_id;

-- When each citation was made, as far as is known: the day of the article, but for what came with a later version.
CREATE VIEW citation_dates AS
SELECT
    citation_id, link_id, coalesce(published_on, seen_on) AS cited_on,
    iif(published_on IS NULL, seen_basis, 'published') AS cited_on_basis
FROM (
    SELECT
        ci.id AS citation_id, ci.link_id, coalesce(ci.cited_on_latest, substr(al.first_seen_at, 1, 10)) AS seen_on,
        iif(ci.cited_on_basis = 'between_checks', 'between_checks', 'first_seen') AS seen_basis,
        iif(ci.cited_on_basis = 'between_checks' OR a.published_basis = 'guess', NULL,
            coalesce(a.published_on, substr(a.published_at, 1, 10))) AS published_on
    FROM citations AS ci
    JOIN articles AS a ON a.id = ci.article_id
    JOIN links AS al ON al.id = a.link_id);

-- The mementos that may stand for a citation, and how far each is from it: the one place where that is decided.
-- One taken up to 30 days before the citation, or on its day, shows what was cited; it goes before a nearer later one.
CREATE VIEW citation_candidates AS
SELECT
    citation_id, link_id, memento_id, service, memento_at, quality, read_back, gap_days,
    abs(gap_days) + iif(gap_days BETWEEN -30 AND 0, 0, 1000000) AS distance
FROM (
    SELECT
        d.citation_id, d.link_id, g.memento_id, g.service, g.memento_at, g.quality, g.read_back,
        CAST(julianday(substr(g.memento_at, 1, 10)) - julianday(d.cited_on) AS INTEGER) AS gap_days
    FROM citation_dates AS d
    JOIN good_mementos AS g ON g.link_id = d.link_id);

-- The snapshots to show for a citation: what was read back and found good goes before what was not read yet.
CREATE VIEW citation_mementos AS
SELECT
    ci.id AS citation_id,
    (SELECT memento_id FROM citation_candidates WHERE citation_id = ci.id
     ORDER BY read_back DESC, distance, memento_at LIMIT 1) AS memento_id,
    (SELECT memento_id FROM citation_candidates WHERE citation_id = ci.id AND gap_days > 0
     ORDER BY read_back DESC, gap_days, memento_at LIMIT 1) AS after_memento_id,
    (SELECT memento_id FROM citation_candidates WHERE citation_id = ci.id
     ORDER BY read_back DESC, memento_at DESC LIMIT 1) AS newest_memento_id
FROM citations AS ci;

CREATE VIEW as_cited AS
SELECT
    al.url AS article_url, l.url AS link_url, ci.url_as_written, ci.anchor_text, d.cited_on, d.cited_on_basis,
    m.memento_url AS snapshot_url, m.memento_at AS snapshot_at,
    (SELECT quality FROM memento_now WHERE memento_id = m.id) AS snapshot_state, m.service,
    CAST(julianday(substr(m.memento_at, 1, 10)) - julianday(d.cited_on) AS INTEGER) AS gap_days,
    f.memento_url AS after_url, f.memento_at AS after_at,
    (SELECT quality FROM memento_now WHERE memento_id = f.id) AS after_state,
    CAST(julianday(substr(f.memento_at, 1, 10)) - julianday(d.cited_on) AS INTEGER) AS after_gap_days,
    n.memento_url AS newest_url, n.memento_at AS newest_at,
    (SELECT quality FROM memento_now WHERE memento_id = n.id) AS newest_state
FROM citations AS ci
JOIN citation_dates AS d ON d.citation_id = ci.id
JOIN citation_mementos AS cm ON cm.citation_id = ci.id
JOIN articles AS a ON a.id = ci.article_id
JOIN links AS al ON al.id = a.link_id
JOIN links AS l ON l.id = ci.link_id
LEFT JOIN mementos AS m ON m.id = cm.memento_id
LEFT JOIN mementos AS f ON f.id = cm.after_memento_id
LEFT JOIN mementos AS n ON n.id = cm.newest_memento_id;

CREATE VIEW citation_status AS
SELECT
    al.url AS article_url, n.url AS link_url, ci.url_as_written, ci.anchor_text, ci.sentence, ci.kind,
    al.site_id <> l.site_id AS is_external, n.status, v.name AS verdict, v."group" AS verdict_group, n.standing,
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

-- What other archives saw of a link: proof of its life and death, with dates. A capture for which the index names no
-- status, and one that sends on, prove neither; one that was read back and was not the page proves no life.
CREATE VIEW witness AS
SELECT
    url, standing, captures, first_good_at, last_good_at,
    (SELECT memento_url FROM mementos
     WHERE link_id = w.link_id AND memento_at = last_good_at AND status BETWEEN 200 AND 299 LIMIT 1) AS last_good_url,
    e.memento_at AS error_at, e.status AS error_status, e.memento_url AS error_url,
    g.memento_at AS gone_at, g.memento_url AS gone_url, asked_at
FROM (
    SELECT
        n.link_id, n.url, n.standing,
        (SELECT count(*) FROM mementos WHERE link_id = n.link_id) AS captures,
        (SELECT min(memento_at) FROM memento_now
         WHERE link_id = n.link_id AND status BETWEEN 200 AND 299 AND quality <> 'rejected') AS first_good_at,
        (SELECT max(memento_at) FROM memento_now
         WHERE link_id = n.link_id AND status BETWEEN 200 AND 299 AND quality <> 'rejected') AS last_good_at,
        (SELECT max(asked_at) FROM lookups WHERE link_id = n.link_id AND outcome IN ('rows', 'empty')) AS asked_at
    FROM link_now AS n) AS w
LEFT JOIN mementos AS e ON e.id = (
    SELECT id FROM mementos
    WHERE link_id = w.link_id AND status >= 400 AND memento_at > coalesce(last_good_at, '')
    ORDER BY memento_at LIMIT 1)
LEFT JOIN mementos AS g ON g.id = (
    SELECT id FROM mementos
    WHERE link_id = w.link_id AND status IN (404, 410) AND memento_at > coalesce(last_good_at, '')
    ORDER BY memento_at LIMIT 1)
WHERE captures > 0 OR asked_at IS NOT NULL;

CREATE VIEW link_rot AS
SELECT
    url, host, site, status, verdict, verdict_group, standing, strikes, checked_at, next_check_at,
    (SELECT count(DISTINCT article_id) FROM citations WHERE citations.link_id = link_now.link_id) AS citing_articles
FROM link_now;

CREATE VIEW snapshots AS
SELECT
    l.url, m.service, m.memento_url AS snapshot_url, m.memento_at AS snapshot_at, m.quality AS snapshot_state,
    m.origin, m.verified_at, m.reason
FROM good_mementos AS m
JOIN links AS l ON l.id = m.link_id
UNION ALL
SELECT l.url, s.service, NULL, NULL, s.state, NULL, NULL, s.reason
FROM saves AS s
JOIN links AS l ON l.id = s.link_id
WHERE s.memento_id IS NULL;

CREATE VIEW redirects AS
SELECT l.url, c.checked_at, p.hop, p.url AS from_url, p.status, n.url AS to_url
FROM captures AS p
JOIN checks AS c ON c.id = p.check_id
JOIN links AS l ON l.id = c.link_id
JOIN captures AS n ON n.check_id = p.check_id AND n.hop = p.hop + 1 AND n.purpose = 'hop'
WHERE p.purpose IN ('page', 'hop');

CREATE VIEW unarchived_citations AS
SELECT
    article_url, link_url, anchor_text, sentence, status, verdict, verdict_group, standing, checked_at, snapshot_state
FROM citation_status
WHERE snapshot_url IS NULL;

CREATE VIEW host_autopsy AS
SELECT
    n.host, n.site, count(*) AS links, count(n.checked_at) AS checked,
    sum(n.verdict_group IN ('alive', 'changed')) AS answering,
    sum(n.standing = 'dead') AS dead,
    sum(n.verdict_group IN ('dead', 'dead_soft')) AS looking_dead,
    sum(n.verdict_group = 'unknown_access') AS refused,
    max(l.alive_until) AS alive_until, min(l.dead_by) AS dead_by,
    sum(EXISTS (SELECT 1 FROM good_mementos AS g WHERE g.link_id = n.link_id)) AS with_snapshot
FROM link_now AS n
JOIN links AS l ON l.id = n.link_id
GROUP BY n.host, n.site;

CREATE VIEW article_versions AS
SELECT
    l.url, c.checked_at, d.title, d.word_count, t.text_sha256, c.body_sha256,
    t.text_sha256 IS NOT lag(t.text_sha256) OVER (PARTITION BY a.id ORDER BY c.turn) AS is_new_text,
    (SELECT count(*) FROM citations AS ci WHERE ci.article_id = a.id
        AND c.id BETWEEN ci.first_check_id AND ci.last_check_id) AS citations
FROM articles AS a
JOIN links AS l ON l.id = a.link_id
JOIN checks AS c ON c.link_id = a.link_id
JOIN documents AS d ON d.id = c.document_id
LEFT JOIN texts AS t ON t.id = d.text_id;
