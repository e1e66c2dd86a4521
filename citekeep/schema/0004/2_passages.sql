-- Passages then and now; judgements by one rule set and the next.

-- Then: the snapshot that shows the page as cited; where nothing can be said of it, the first check of ours that tells.
-- Now: the last check. "No longer there" is said only of what was present then and is absent now.
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
        SELECT id FROM passages WHERE citation_id = ci.id AND check_id IS NOT NULL
        ORDER BY compared_at DESC, id DESC LIMIT 1)
    LEFT JOIN checks AS pc ON pc.id = p.check_id
    LEFT JOIN passages AS f ON f.id = (
        SELECT o.id FROM passages AS o
        WHERE o.citation_id = ci.id AND o.check_id < p.check_id AND o.answer <> 'not_comparable'
        ORDER BY o.check_id, o.id DESC LIMIT 1)
    LEFT JOIN checks AS fc ON fc.id = f.check_id);

-- Checks of which one rule set said something else than the one before.
CREATE VIEW judgement_changes AS
SELECT
    l.url, c.checked_at, before_version, before_verdict, json_extract(before_evidence, '$.rule') AS before_rule,
    rules_version, j.verdict, json_extract(j.evidence, '$.rule') AS rule, b."group" AS before_group,
    v."group" AS verdict_group, c.status, j.judged_at
FROM (
    SELECT
        check_id, rules_version, verdict, evidence, judged_at,
        lag(rules_version) OVER by_version AS before_version, lag(verdict) OVER by_version AS before_verdict,
        lag(evidence) OVER by_version AS before_evidence
    FROM judgements
    WINDOW by_version AS (PARTITION BY check_id ORDER BY rules_version)) AS j
JOIN checks AS c ON c.id = j.check_id
JOIN links AS l ON l.id = c.link_id
JOIN verdicts AS b ON b.name = before_verdict
JOIN verdicts AS v ON v.name = j.verdict
WHERE before_verdict <> j.verdict;
