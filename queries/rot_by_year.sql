-- How many of the links that articles of each year cite are gone, refused to us, or still there?
SELECT
    coalesce(substr(article_texts.published_at, 1, 4), 'no date') AS year,
    count(DISTINCT link_url) AS links,
    count(DISTINCT CASE WHEN verdict_group IN ('alive', 'changed') THEN link_url END) AS answer,
    count(DISTINCT CASE WHEN verdict_group IN ('dead', 'dead_soft') THEN link_url END) AS look_gone,
    count(DISTINCT CASE WHEN standing = 'dead' THEN link_url END) AS held_for_dead,
    count(DISTINCT CASE WHEN verdict_group = 'unknown_access' THEN link_url END) AS refuse_us,
    count(DISTINCT CASE WHEN verdict_group IN ('pending', 'not_checked') OR verdict_group IS NULL THEN link_url END)
        AS not_known
FROM citation_status
LEFT JOIN article_texts ON article_texts.url = citation_status.article_url
GROUP BY 1
ORDER BY 1;
