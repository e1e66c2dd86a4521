-- Which citations no longer show what was cited, and which snapshot still does?
SELECT
    article_url, link_url, anchor_text, sentence, verdict, standing, checked_at, snapshot_url, snapshot_at,
    snapshot_state
FROM citation_status
WHERE verdict_group IN ('changed', 'dead', 'dead_soft') AND still_cited
ORDER BY article_url, position;
