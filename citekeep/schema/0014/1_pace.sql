-- How fast each site may be asked, over all runs; and who is paused, since when and why.

ALTER TABLE sites ADD COLUMN
    paused_at TIME;
ALTER TABLE sites ADD COLUMN
    asked_at TIME;
ALTER TABLE sites ADD COLUMN refused TEXT CHECK (refused IS NULL OR json_valid(refused));
ALTER TABLE sites ADD COLUMN walls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sites ADD COLUMN pleas INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sites ADD COLUMN answered INTEGER NOT NULL DEFAULT 0 CHECK (answered IN (0, 1));
ALTER TABLE sites ADD COLUMN requests INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sites ADD COLUMN requests_on TEXT;
UPDATE sites SET answered = 1 WHERE id IN (SELECT site_id FROM links WHERE alive_until IS NOT NULL);
-- Who is paused, and who is asked slowly.
CREATE INDEX sites_paused ON sites (paused_until) WHERE paused_until IS NOT NULL;
CREATE INDEX sites_slow ON sites (delay_ms) WHERE delay_ms IS NOT NULL;

-- Sites that are not asked now. waiting: links of it that are due, or will be when the pause ends.
CREATE VIEW paused_sites AS
SELECT
    s.site, s.paused_at, s.paused_until, s.pause_reason,
    CASE s.pause_reason
        WHEN 'walled' THEN 'It lets us read nothing: bot walls or 403 on several pages in a row.'
        WHEN 'asked_less' THEN 'It asked for less (429, or 503 with Retry-After).'
        WHEN 'cap' THEN 'As many requests as are allowed for a day have been made.'
    END AS sentence,
    max(s.walls, s.pleas) AS pauses, s.delay_ms,
    (SELECT count(*) FROM links AS l
     WHERE l.site_id = s.id AND l.next_check_at IS NOT NULL AND (l.next_check_at <= s.paused_until OR l.priority > 0))
        AS waiting
FROM sites AS s
WHERE s.paused_until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now');
