-- Through what a source is cited, when a reference says it was looked at, and from when to when a citation can have been
-- made; how whole a text is. Columns are added and renamed, never a table made anew: ids, keys and indexes stay.

-- The views that read cited_on_basis, and those that read these; made again in 2_dates.sql.
DROP VIEW unarchived_citations;
DROP VIEW citation_status;
DROP VIEW as_cited;
DROP VIEW citation_mementos;
DROP VIEW citation_candidates;
DROP VIEW citation_dates;

ALTER TABLE citations ADD COLUMN
    cited_via_kind TEXT CHECK (cited_via_kind IN ('archive', 'amp', 'shortener', 'redirector', 'wrapper'));
ALTER TABLE citations ADD COLUMN
    cited_via_at TIME;
ALTER TABLE citations ADD COLUMN
    accessed_on TEXT CHECK (accessed_on GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]');

ALTER TABLE citations ADD COLUMN
    dated_by TEXT CHECK (dated_by IN ('accessed', 'published', 'feed', 'first_seen', 'between_checks', 'memento',
        'later_link', 'guess'));
UPDATE citations SET dated_by = cited_on_basis;
ALTER TABLE citations DROP COLUMN cited_on_basis;
ALTER TABLE citations RENAME COLUMN dated_by TO cited_on_basis;

-- What was seen first by us was made on the day of the article, where that has become known; a guess stays one.
UPDATE citations SET (cited_on_earliest, cited_on_latest, cited_on_basis) = (
    SELECT
        coalesce(published_on, substr(published_at, 1, 10)),
        iif(published_basis = 'guess', cited_on_latest, coalesce(published_on, substr(published_at, 1, 10))),
        CASE published_basis WHEN 'guess' THEN 'guess' WHEN 'feed' THEN 'feed' ELSE 'published' END
    FROM articles WHERE id = citations.article_id)
WHERE cited_on_basis IN ('first_seen', 'published') AND EXISTS (
    SELECT 1 FROM articles
    WHERE id = citations.article_id AND coalesce(published_on, published_at) <= citations.cited_on_latest || 'T99');

ALTER TABLE documents ADD COLUMN
    quality TEXT CHECK (quality IN ('whole', 'fragment', 'fallback_fast', 'fallback_recall', 'fallback_baseline'));

-- Settings that a view reads, as the last crawl had them: what an analyst is shown must not depend on who opens the file.
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO settings (name, value) VALUES ('as_cited_within_days', 30);

-- What earlier versions of an article cite, read in captures that an archive has: when a citation came is told by them.
CREATE TABLE memento_citations (
    memento_id INTEGER PRIMARY KEY REFERENCES mementos (id),
    article_id INTEGER NOT NULL REFERENCES articles (id),
    links TEXT NOT NULL CHECK (json_valid(links)),
    read_at TIME NOT NULL
) STRICT;
-- All captures of one article that were read.
CREATE INDEX memento_citations_article ON memento_citations (article_id);
