-- Articles and what they cite.

CREATE TABLE articles (
    id INTEGER PRIMARY KEY,
    link_id INTEGER NOT NULL UNIQUE REFERENCES links (id),
    source TEXT NOT NULL CHECK (source IN ('url', 'list', 'file', 'feed', 'import')),
    public INTEGER NOT NULL CHECK (public IN (0, 1)),
    collection TEXT,
    added_at TIME NOT NULL,
    published_text TEXT,
    published_on TEXT CHECK (published_on GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]'),
    published_at TIME,
    published_basis TEXT CHECK (published_basis IN
        ('json_ld', 'meta', 'time_element', 'url', 'feed', 'sitemap', 'user', 'guess')),
    last_document_id INTEGER REFERENCES documents (id)
) STRICT;

CREATE TABLE citations (
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles (id),
    link_id INTEGER NOT NULL REFERENCES links (id),
    fingerprint TEXT NOT NULL,
    url_as_written TEXT NOT NULL,
    cited_via TEXT,
    anchor_text TEXT NOT NULL,
    sentence TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    paragraph INTEGER NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('anchor', 'plain_text', 'footnote', 'related', 'embed', 'promo')),
    cited_on_earliest TEXT,
    cited_on_latest TEXT,
    cited_on_basis TEXT CHECK (cited_on_basis IN ('published', 'first_seen', 'between_checks')),
    first_check_id INTEGER NOT NULL REFERENCES checks (id),
    last_check_id INTEGER NOT NULL REFERENCES checks (id),
    as_cited_memento_id INTEGER REFERENCES mementos (id),
    UNIQUE (article_id, fingerprint)
) STRICT;
-- Who cites a link: link_rot, citation_status, the ledger's order.
CREATE INDEX citations_link ON citations (link_id, article_id);
