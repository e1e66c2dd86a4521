-- Which citations rest on archive.today alone: cited there, and no good snapshot is known elsewhere?
SELECT article_url, cited_via, cited_via_at, link_url, source_known, verdict, standing
FROM citation_roads
-- archive.today (also .ph, .is, .md, .li, .vn, .fo) is run by one unknown person, and refuses those who look it up: nothing
-- here reads its captures back. Where source_known is 0 the short address does not tell the source, so no one can look for it.
WHERE cited_via_service = 'archive_today' AND elsewhere = 0
ORDER BY source_known, CASE standing WHEN 'dead' THEN 0 WHEN 'doubtful' THEN 1 WHEN 'alive' THEN 3 ELSE 2 END, article_url, position;
