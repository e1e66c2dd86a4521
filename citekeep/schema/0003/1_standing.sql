-- On what a link is held for dead; and what can be said of a host as a whole.

ALTER TABLE links ADD COLUMN standing_basis TEXT CHECK (standing_basis IN ('strikes', 'memento', 'save_job'));

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
        n.host, n.site, count(*) AS links, count(n.checked_at) AS checked,
        sum(n.verdict_group IN ('alive', 'changed')) AS answering,
        sum(n.standing = 'dead') AS dead,
        sum(n.verdict_group IN ('dead', 'dead_soft')) AS looking_dead,
        sum(n.verdict_group = 'unknown_access') AS refused,
        max(l.alive_until) AS alive_until,
        sum(EXISTS (SELECT 1 FROM good_mementos AS g WHERE g.link_id = n.link_id)) AS with_snapshot
    FROM link_now AS n
    JOIN links AS l ON l.id = n.link_id
    GROUP BY n.host, n.site) AS a;
