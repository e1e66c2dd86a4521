-- Keys that a service does not take: since when, and how many times in a row. No row: they were taken, or there are none.
CREATE TABLE refused_keys (
    service TEXT PRIMARY KEY,
    since TIME NOT NULL,
    times INTEGER NOT NULL CHECK (times >= 1)
) STRICT, WITHOUT ROWID;
