-- Which articles and cited pages speak of these words? (lower case, е for ё; an asterisk stands for any ending: journalis*)
SELECT DISTINCT links.url, documents.title, substr(texts.text, 1, 200) AS beginning
FROM texts_search
JOIN texts ON texts.id = texts_search.rowid
JOIN documents ON documents.text_id = texts.id
JOIN checks ON checks.document_id = documents.id
JOIN links ON links.id = checks.link_id
WHERE texts_search MATCH coalesce(nullif(:words, ''), 'journalis* OR журналист*')
ORDER BY texts_search.rank
LIMIT 50;
