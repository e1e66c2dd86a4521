-- What documents that are cited cite themselves. It is kept with the document, as words: none of it is a link of ours, so
-- nothing of it is requested, looked up or saved.

CREATE TABLE document_citations (
    document_id INTEGER NOT NULL REFERENCES documents (id),
    position INTEGER NOT NULL,
    url TEXT NOT NULL,
    url_as_written TEXT NOT NULL,
    anchor_text TEXT NOT NULL,
    sentence TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('anchor', 'plain_text', 'footnote', 'related', 'embed', 'promo')),
    PRIMARY KEY (document_id, position)
) STRICT, WITHOUT ROWID;
-- Which documents cite a URL.
CREATE INDEX document_citations_url ON document_citations (url);

-- What the cited documents cite, of each as it was last read. standing: where what they cite is a link of ours, too.
CREATE VIEW citations_of_documents AS
SELECT
    l.url AS document_url, d.title AS document_title, dc.position, dc.url, dc.url_as_written, dc.anchor_text, dc.sentence,
    dc.kind, o.standing
FROM links AS l
JOIN checks AS c ON c.id = l.last_check_id
JOIN documents AS d ON d.id = c.document_id
JOIN document_citations AS dc ON dc.document_id = d.id
LEFT JOIN links AS o ON o.url = dc.url;
