"""The SQL of cards: what is known of a link, and of a citation of it."""

from citekeep.verdicts.table import newest


def standing_said(said: str, link: str) -> str:
    """Return the SQL of a link's standing where a person's verdict is joined to it. said: alias of verdicts, without a row where
    nobody said anything; link: of link_now.
    """
    return f"""CASE
        WHEN {said}."group" = 'alive' THEN 'alive'
        WHEN {said}."group" IN ('dead', 'dead_soft') THEN 'dead'
        WHEN {said}."group" = 'changed' THEN 'doubtful'
        WHEN {said}."group" = 'unknown_access' THEN 'refused'
        ELSE {link}.standing
    END"""


LINK = f"""
SELECT
    l.id AS link_id, l.url AS link_url, l.public, l.withheld, l.first_seen_at, l.alive_until, l.alive_until_basis,
    l.dead_by, l.dead_by_basis, l.standing_basis,
    n.site, n.verdict, n.verdict_group, n.standing, n.strikes, n.status, n.error, n.reason,
    n.checked_at, n.next_check_at, c.final_url, v.sentence_en, v.sentence_ru, v.sentence_uk, j.evidence, j.flags,
    (SELECT value FROM settings WHERE name = 'strikes_to_die') AS strikes_to_die,
    d.title, d.site_name, r.by, r.note, r.made_at, r.until,
    s.state AS save_state, s.reason AS save_reason, (SELECT why FROM not_saved WHERE link_id = l.id) AS not_saved,
    (SELECT count(DISTINCT k.article_id) FROM citations AS k WHERE k.link_id = l.id
        AND NOT EXISTS (SELECT 1 FROM dropped_citations AS kd WHERE kd.citation_id = k.id)) AS citing_articles
FROM links AS l
JOIN link_now AS n ON n.link_id = l.id
LEFT JOIN checks AS c ON c.id = l.last_check_id
LEFT JOIN judgements AS j ON j.check_id = c.id AND {newest("j")}
LEFT JOIN verdicts AS v ON v.name = n.verdict
LEFT JOIN documents AS d ON d.id = coalesce(
    (SELECT k.document_id FROM checks AS k JOIN judgements AS kj ON kj.check_id = k.id AND {newest("kj")}
     JOIN verdicts AS kv ON kv.name = kj.verdict AND kv."group" = 'alive'
     WHERE k.link_id = l.id AND k.document_id IS NOT NULL ORDER BY k.checked_at DESC, k.id DESC LIMIT 1),
    (SELECT document_id FROM mementos
     WHERE link_id = l.id AND document_id IS NOT NULL AND quality IN ('verified', 'identical')
     ORDER BY memento_at DESC LIMIT 1),
    (SELECT document_id FROM checks WHERE link_id = l.id AND document_id IS NOT NULL
     ORDER BY checked_at DESC, id DESC LIMIT 1))
LEFT JOIN reviews AS r ON r.id = (
    SELECT id FROM reviews
    WHERE link_id = l.id AND (until IS NULL OR until > :now) ORDER BY made_at DESC, id DESC LIMIT 1)
LEFT JOIN saves AS s ON s.id = (SELECT max(id) FROM saves WHERE link_id = l.id)
"""  # noqa: S608 - ours

STILL_CITED = "NOT EXISTS (SELECT 1 FROM dropped_citations AS dropped WHERE dropped.citation_id = ci.id)"
"""Of a citation ci: its article has it still, as far as was read."""

CITATION = f"""
SELECT
    link.*,
    -- what a person said of this citation stands before what is said of its link: of two columns of a name, the later counts
    coalesce(cv.name, link.verdict) AS verdict, coalesce(cv."group", link.verdict_group) AS verdict_group,
    {standing_said("cv", "link")} AS standing,
    coalesce(cv.sentence_en, link.sentence_en) AS sentence_en, coalesce(cv.sentence_ru, link.sentence_ru) AS sentence_ru,
    coalesce(cv.sentence_uk, link.sentence_uk) AS sentence_uk, iif(cr.id IS NULL, link.by, cr.by) AS by,
    iif(cr.id IS NULL, link.note, cr.note) AS note, iif(cr.id IS NULL, link.made_at, cr.made_at) AS made_at,
    iif(cr.id IS NULL, link.until, cr.until) AS until,
    ci.id AS citation_id, al.url AS article_url, ad.title AS article_title, ad.language, ci.anchor_text,
    ci.sentence, ci.kind, ci.url_as_written, ci.cited_via, ci.position, t.cited_on, t.cited_on_basis,
    cm.memento_id, cm.memento_said, cm.newest_memento_id, so.name AS source, a.collection, so.legal_basis, so.rights,
    (SELECT last_seen_at FROM dropped_citations AS dc WHERE dc.citation_id = ci.id) AS last_seen_at
FROM citations AS ci
JOIN ({LINK}) AS link ON link.link_id = ci.link_id
JOIN articles AS a ON a.id = ci.article_id
JOIN links AS al ON al.id = a.link_id
JOIN links AS l ON l.id = ci.link_id
LEFT JOIN sources AS so ON so.id = al.source_id
LEFT JOIN documents AS ad ON ad.id = a.last_document_id
JOIN citation_dates AS t ON t.citation_id = ci.id
JOIN citation_mementos AS cm ON cm.citation_id = ci.id
LEFT JOIN reviews AS cr ON cr.id = (
    SELECT id FROM reviews
    WHERE citation_id = ci.id AND (until IS NULL OR until > :now) ORDER BY made_at DESC, id DESC LIMIT 1)
LEFT JOIN verdicts AS cv ON cv.name = cr.verdict
"""  # noqa: S608 - both are ours
