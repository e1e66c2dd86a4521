-- Which sites are cited by the most articles, and how many of their cited pages still answer?
SELECT
    link_rot.site,
    count(DISTINCT citation_status.article_url) AS citing_articles,
    count(DISTINCT link_rot.url) AS links,
    count(DISTINCT CASE WHEN link_rot.verdict_group IN ('alive', 'changed') THEN link_rot.url END) AS answer,
    max(link_rot.checked_at) AS last_checked_at
FROM citation_status
JOIN link_rot ON link_rot.url = citation_status.link_url
WHERE citation_status.is_external AND citation_status.still_cited
GROUP BY link_rot.site
ORDER BY citing_articles DESC, links DESC, link_rot.site
LIMIT 100;
