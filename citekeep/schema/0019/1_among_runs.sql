-- What runs beside one another tell each other of a site.
ALTER TABLE sites ADD COLUMN
    wanted_at TIME;
ALTER TABLE sites ADD COLUMN rest_ms INTEGER;
-- What is wanted of the sites that a run holds: the few wishes of the last seconds.
CREATE INDEX sites_wanted ON sites (wanted_at) WHERE wanted_at IS NOT NULL;
