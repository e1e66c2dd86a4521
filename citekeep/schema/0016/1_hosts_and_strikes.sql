-- An article is no source of its own: a host is told by the links that are cited, or that were asked about.

DROP VIEW host_autopsy;
CREATE VIEW host_autopsy AS
SELECT
    host, site, links, checked, answering, dead, looking_dead, refused, alive_until,
    (SELECT min(d.dead_by) FROM links AS d JOIN hosts AS h ON h.id = d.host_id
     WHERE h.host = a.host AND d.dead_by > coalesce(a.alive_until, '')) AS dead_by,
    with_snapshot,
    printf('%d of %d dead', dead, links)
        || iif(links > checked, printf(', %d never checked', links - checked), '')
        || coalesce(', alive until ' || substr(alive_until, 1, 10), '') AS said
FROM (
    SELECT
        n.host, n.site,
        count(*) FILTER (WHERE source) AS links,
        count(n.checked_at) FILTER (WHERE source) AS checked,
        count(*) FILTER (WHERE source AND n.verdict_group IN ('alive', 'changed')) AS answering,
        count(*) FILTER (WHERE source AND n.standing = 'dead') AS dead,
        count(*) FILTER (WHERE source AND n.verdict_group IN ('dead', 'dead_soft')) AS looking_dead,
        count(*) FILTER (WHERE source AND n.verdict_group = 'unknown_access') AS refused,
        max(n.alive_until) AS alive_until,  -- an article that answers is proof that its host is alive
        count(*) FILTER (WHERE source AND EXISTS (SELECT 1 FROM good_mementos AS g WHERE g.link_id = n.link_id))
            AS with_snapshot
    FROM (
        SELECT
            k.*, l.alive_until,
            NOT EXISTS (SELECT 1 FROM articles WHERE articles.link_id = l.id)
                OR EXISTS (SELECT 1 FROM citations WHERE citations.link_id = l.id) AS source
        FROM link_now AS k
        JOIN links AS l ON l.id = k.link_id) AS n
    GROUP BY n.host, n.site
    HAVING links > 0) AS a;

-- How many strikes make a link dead, as the last run had it: what a card says must be what was done.
INSERT INTO settings (name, value) VALUES ('strikes_to_die', 3);
