-- Saved documents of more kinds.

CREATE TABLE local_documents_now (
    link_id INTEGER PRIMARY KEY REFERENCES links (id) ON DELETE CASCADE,
    body BLOB NOT NULL,
    body_type TEXT NOT NULL CHECK (body_type IN ('text', 'html', 'markdown', 'pdf', 'docx', 'epub')),
    added_at TIME NOT NULL
) STRICT;
INSERT INTO local_documents_now (link_id, body, body_type, added_at)
SELECT link_id, body, body_type, added_at FROM local_documents;
DROP TABLE local_documents;
ALTER TABLE local_documents_now RENAME TO local_documents;
