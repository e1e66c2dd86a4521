-- What do the documents that articles cite rest on themselves, and what of it is known to be gone?
SELECT document_url, document_title, url, anchor_text, sentence, standing
FROM citations_of_documents
-- A PDF, DOCX, EPUB or text that an article cites is read for what it cites, and no further: standing is known only of what
-- articles cite, too.
ORDER BY standing IS NULL, CASE standing WHEN 'dead' THEN 0 WHEN 'doubtful' THEN 1 WHEN 'alive' THEN 3 ELSE 2 END, document_url, position;
