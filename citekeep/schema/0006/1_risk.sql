-- What is asked first of all that is due.

-- Whether a site has links that may be dying and are due: sites that have are claimed first.
CREATE INDEX links_risky ON links (site_id, next_check_at)
    WHERE standing IN ('doubtful', 'unreachable_from_here') AND next_check_at IS NOT NULL;
