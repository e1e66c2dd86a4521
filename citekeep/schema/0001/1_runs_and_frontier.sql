-- Runs, sites, hosts, links: what is asked, by whom, and when next.
-- TIME stands for TEXT with a CHECK of the one form that citekeep/clock.py writes (see citekeep/migrations.py).

CREATE TABLE crawls (
    id INTEGER PRIMARY KEY,
    run TEXT NOT NULL UNIQUE,
    spider TEXT NOT NULL,
    arguments TEXT NOT NULL CHECK (json_valid(arguments)),
    started_at TIME NOT NULL,
    since_at TIME NOT NULL,
    heartbeat_at TIME NOT NULL,
    finished_at TIME,
    finish_reason TEXT,
    resumes_id INTEGER REFERENCES crawls (id),
    stats TEXT CHECK (stats IS NULL OR json_valid(stats)),
    versions TEXT NOT NULL CHECK (json_valid(versions)),
    vantage TEXT,
    collection TEXT,
    CHECK ((finished_at IS NULL) = (finish_reason IS NULL))
) STRICT;
-- Runs that seem to be going on: read at each start, to find those that were killed.
CREATE INDEX crawls_running ON crawls (heartbeat_at) WHERE finished_at IS NULL;
-- The last run of the same spider with the same arguments: was it interrupted?
CREATE INDEX crawls_same ON crawls (spider, arguments, id);

CREATE TABLE sites (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL UNIQUE,
    claimed_by TEXT,
    claimed_until TIME,
    epoch INTEGER NOT NULL DEFAULT 0 CHECK (epoch >= 0),
    not_before_at TIME,
    delay_ms INTEGER CHECK (delay_ms >= 0),
    paused_until TIME,
    pause_reason TEXT,
    due_priority INTEGER,
    due_at TIME,
    CHECK ((claimed_by IS NULL) = (claimed_until IS NULL)),
    CHECK ((due_priority IS NULL) = (due_at IS NULL))
) STRICT;
-- A claim: the free sites that have been due longest, among those of one priority.
CREATE INDEX sites_due ON sites (due_priority, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE hosts (
    id INTEGER PRIMARY KEY,
    origin TEXT NOT NULL UNIQUE,
    host TEXT NOT NULL,
    site_id INTEGER NOT NULL REFERENCES sites (id),
    robots_read_at TIME,
    robots_status INTEGER CHECK (robots_status BETWEEN 100 AND 999),
    robots_body BLOB,
    robots_capture_id INTEGER REFERENCES captures (id),
    crawl_delay_ms INTEGER CHECK (crawl_delay_ms >= 0),
    probes TEXT CHECK (probes IS NULL OR json_valid(probes)),
    probed_at TIME
) STRICT;
-- The robots.txt facts that a lease carries; host_autopsy.
CREATE INDEX hosts_site ON hosts (site_id);
CREATE INDEX hosts_host ON hosts (host);

CREATE TABLE links (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,
    request_url TEXT NOT NULL,
    verbatim INTEGER NOT NULL DEFAULT 0 CHECK (verbatim IN (0, 1)),
    host_id INTEGER NOT NULL REFERENCES hosts (id),
    site_id INTEGER NOT NULL REFERENCES sites (id),
    first_seen_at TIME NOT NULL,
    public INTEGER NOT NULL DEFAULT 0 CHECK (public IN (0, 1)),
    withheld TEXT,
    turn INTEGER NOT NULL DEFAULT 0 CHECK (turn >= 0),
    priority INTEGER NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 2),
    next_check_at TIME,
    last_check_id INTEGER REFERENCES checks (id),
    standing TEXT CHECK (standing IN ('alive', 'doubtful', 'dead', 'refused', 'unreachable_from_here', 'not_checked')),
    strikes INTEGER NOT NULL DEFAULT 0 CHECK (strikes >= 0),
    last_strike_at TIME,
    alive_until TIME,
    alive_until_basis TEXT CHECK (alive_until_basis IN ('own_check', 'memento')),
    alive_until_check_id INTEGER REFERENCES checks (id),
    alive_until_memento_id INTEGER REFERENCES mementos (id),
    dead_by TIME,
    dead_by_basis TEXT CHECK (dead_by_basis IN ('own_check', 'memento')),
    dead_by_check_id INTEGER REFERENCES checks (id),
    dead_by_memento_id INTEGER REFERENCES mementos (id),
    etag TEXT,
    last_modified TEXT,
    CHECK ((alive_until IS NULL) = (alive_until_basis IS NULL)),
    CHECK ((dead_by IS NULL) = (dead_by_basis IS NULL))
) STRICT;
-- A claim takes a site's links in this order; the triggers below find a site's best link with it.
CREATE INDEX links_due ON links (site_id, priority DESC, next_check_at) WHERE next_check_at IS NOT NULL;
-- How many links wait: asked for progress and for the table at a run's end.
CREATE INDEX links_waiting ON links (priority, next_check_at) WHERE next_check_at IS NOT NULL;
-- host_autopsy.
CREATE INDEX links_host ON links (host_id);
-- Whose history other archives are asked for: links that do not answer as they did.
CREATE INDEX links_at_risk ON links (standing)
    WHERE standing IN ('dead', 'doubtful', 'refused', 'unreachable_from_here');

-- sites.due_priority and due_at are those of the site's best link: by triggers, so that no writer can forget them.
CREATE TRIGGER links_added AFTER INSERT ON links WHEN new.next_check_at IS NOT NULL BEGIN
    UPDATE sites SET (due_priority, due_at) = (
        SELECT priority, next_check_at FROM links
        WHERE site_id = new.site_id AND next_check_at IS NOT NULL
        ORDER BY priority DESC, next_check_at LIMIT 1)
    WHERE id = new.site_id;
END;
CREATE TRIGGER links_rescheduled AFTER UPDATE OF site_id, priority, next_check_at ON links
WHEN (old.site_id, old.priority, old.next_check_at) IS NOT (new.site_id, new.priority, new.next_check_at) BEGIN
    UPDATE sites SET (due_priority, due_at) = (
        SELECT priority, next_check_at FROM links
        WHERE site_id = sites.id AND next_check_at IS NOT NULL
        ORDER BY priority DESC, next_check_at LIMIT 1)
    WHERE id IN (old.site_id, new.site_id);
END;
CREATE TRIGGER links_removed AFTER DELETE ON links WHEN old.next_check_at IS NOT NULL BEGIN
    UPDATE sites SET (due_priority, due_at) = (
        SELECT priority, next_check_at FROM links
        WHERE site_id = old.site_id AND next_check_at IS NOT NULL
        ORDER BY priority DESC, next_check_at LIMIT 1)
    WHERE id = old.site_id;
END;

-- The bytes of a saved document until its check is recorded, so that a killed run loses nothing.
CREATE TABLE local_documents (
    link_id INTEGER PRIMARY KEY REFERENCES links (id) ON DELETE CASCADE,
    body BLOB NOT NULL,
    body_type TEXT NOT NULL CHECK (body_type IN ('text', 'html')),
    added_at TIME NOT NULL
) STRICT;
