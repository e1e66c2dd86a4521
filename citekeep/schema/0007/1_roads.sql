-- Roads to a source: what a short address leads to, whose a road is, and captures that articles themselves name.

ALTER TABLE links ADD COLUMN
    leads_to_id INTEGER REFERENCES links (id);
-- The addresses that lead to a link.
CREATE INDEX links_leads_to ON links (leads_to_id) WHERE leads_to_id IS NOT NULL;

ALTER TABLE citations ADD COLUMN
    cited_via_service TEXT;

-- A citation that is given to another link has been compared with the wrong page.
CREATE TRIGGER citations_given_away AFTER UPDATE OF link_id ON citations WHEN OLD.link_id <> NEW.link_id BEGIN
    DELETE FROM passages WHERE citation_id = NEW.id;
    UPDATE citations SET as_cited_memento_id = NULL WHERE id = NEW.id;
END;

-- One more origin of a memento, "cited". Only a CHECK changes, so the stored text of the table is all there is to change
-- (https://sqlite.org/lang_altertable.html, section 8); the columns above have every other connection read it anew.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(sql, '''cdx'', ''timemap'', ''saved''', '''cdx'', ''timemap'', ''saved'', ''cited''')
WHERE type = 'table' AND name = 'mementos';
PRAGMA writable_schema = RESET;

-- Citations that lead to their source by way of another address, or name an archived copy beside it. source_known: whether
-- link_url is the source itself. elsewhere: how many good snapshots of it other archives have, as far as they were asked.
CREATE VIEW citation_roads AS
SELECT
    al.url AS article_url, ci.position, ci.url_as_written, ci.cited_via, ci.cited_via_kind, ci.cited_via_service,
    ci.cited_via_at, ci.accessed_on, n.url AS link_url,
    ci.cited_via NOT LIKE 'http://' || n.host || '/%' AND ci.cited_via NOT LIKE 'https://' || n.host || '/%'
        AS source_known,
    n.verdict, n.standing,
    (SELECT count(*) FROM good_mementos AS g WHERE g.link_id = ci.link_id AND g.service <> ci.cited_via_service)
        AS elsewhere
FROM citations AS ci
JOIN articles AS a ON a.id = ci.article_id
JOIN links AS al ON al.id = a.link_id
JOIN link_now AS n ON n.link_id = ci.link_id
WHERE ci.cited_via IS NOT NULL;
