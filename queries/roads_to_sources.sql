-- By way of which archives, shorteners and redirectors are sources cited, and how do these stand?
SELECT
    cited_via_kind, cited_via_service, count(*) AS citations, count(DISTINCT article_url) AS citing_articles,
    sum(source_known) AS source_known, sum(standing = 'dead') AS dead, sum(elsewhere > 0) AS kept_elsewhere
FROM citation_roads
GROUP BY cited_via_kind, cited_via_service
ORDER BY citations DESC, cited_via_service;
