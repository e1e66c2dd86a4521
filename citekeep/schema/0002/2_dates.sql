-- When a citation was made, and which snapshot shows what was cited.

-- The interval of each citation, and the one day of it that snapshots are measured against: its end; its beginning, if
-- that is known, where the end is but the day when we looked.
CREATE VIEW citation_dates AS
SELECT
    citation_id, link_id,
    coalesce(iif(basis IN ('later_link', 'guess', 'first_seen'), earliest, latest), latest) AS cited_on, basis AS cited_on_basis,
    earliest AS cited_on_earliest, latest AS cited_on_latest,
    iif(basis = 'guess', NULL, CAST(julianday(latest) - julianday(earliest) AS INTEGER)) AS within_days
FROM (
    SELECT
        ci.id AS citation_id, ci.link_id, ci.cited_on_earliest AS earliest,
        coalesce(ci.cited_on_latest, substr(al.first_seen_at, 1, 10)) AS latest,
        coalesce(ci.cited_on_basis, 'first_seen') AS basis
    FROM citations AS ci
    JOIN articles AS a ON a.id = ci.article_id
    JOIN links AS al ON al.id = a.link_id);

-- The mementos that may stand for a citation, and how far each is from it: the one place where that is decided.
-- One taken up to 30 days before the citation, or on its day, shows what was cited; it goes before a nearer later one.
-- "As cited" is said of one only where the whole interval and the memento lie within so many days: settings.
CREATE VIEW citation_candidates AS
SELECT
    citation_id, link_id, memento_id, service, memento_at, quality, read_back, gap_days,
    abs(gap_days) + iif(gap_days BETWEEN -30 AND 0, 0, 1000000) AS distance,
    iif(within_days IS NOT NULL
        AND julianday(max(on_day, cited_on_latest)) - julianday(min(on_day, cited_on_earliest))
            <= (SELECT value FROM settings WHERE name = 'as_cited_within_days'), 'as cited', 'nearest known') AS said
FROM (
    SELECT
        d.citation_id, d.link_id, g.memento_id, g.service, g.memento_at, g.quality, g.read_back, d.within_days,
        d.cited_on_earliest, d.cited_on_latest, substr(g.memento_at, 1, 10) AS on_day,
        CAST(julianday(substr(g.memento_at, 1, 10)) - julianday(d.cited_on) AS INTEGER) AS gap_days
    FROM citation_dates AS d
    JOIN good_mementos AS g ON g.link_id = d.link_id);

-- The snapshots to show for a citation: what was read back and found good goes before what was not read yet.
CREATE VIEW citation_mementos AS
SELECT
    ci.id AS citation_id,
    (SELECT memento_id FROM citation_candidates WHERE citation_id = ci.id
     ORDER BY read_back DESC, distance, memento_at LIMIT 1) AS memento_id,
    (SELECT said FROM citation_candidates WHERE citation_id = ci.id
     ORDER BY read_back DESC, distance, memento_at LIMIT 1) AS memento_said,
    (SELECT memento_id FROM citation_candidates WHERE citation_id = ci.id AND gap_days > 0
     ORDER BY read_back DESC, gap_days, memento_at LIMIT 1) AS after_memento_id,
    (SELECT memento_id FROM citation_candidates WHERE citation_id = ci.id
     ORDER BY read_back DESC, memento_at DESC LIMIT 1) AS newest_memento_id
FROM citations AS ci;

CREATE VIEW as_cited AS
SELECT
    al.url AS article_url, l.url AS link_url, ci.url_as_written, ci.anchor_text, d.cited_on, d.cited_on_basis,
    d.cited_on_earliest, d.cited_on_latest,
    m.memento_url AS snapshot_url, m.memento_at AS snapshot_at, cm.memento_said AS snapshot_said,
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

CREATE VIEW unarchived_citations AS
SELECT
    article_url, link_url, anchor_text, sentence, status, verdict, verdict_group, standing, checked_at, snapshot_state
FROM citation_status
WHERE snapshot_url IS NULL;
