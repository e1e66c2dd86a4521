-- Which cited pages have no snapshot yet, those in the greatest danger first?
SELECT link_url, verdict, standing, snapshot_state, count(DISTINCT article_url) AS citing_articles
FROM unarchived_citations
GROUP BY link_url, verdict, standing, snapshot_state
ORDER BY
    CASE standing WHEN 'doubtful' THEN 0 WHEN 'unreachable_from_here' THEN 1 WHEN 'dead' THEN 3 ELSE 2 END,
    citing_articles DESC, link_url;
