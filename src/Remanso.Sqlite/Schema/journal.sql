-- One row for each dirty key: its last version. The value comes last, as in the store's table, and crc is over all of the row: SQLite's own checksums end
-- where a page leaves its write-ahead log.
CREATE TABLE IF NOT EXISTS dirty (
    cache        TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    version      INTEGER NOT NULL,
    state        INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    cached_at    INTEGER NOT NULL,
    failed_at    INTEGER NOT NULL,
    crc          INTEGER NOT NULL,
    content_type TEXT,
    error        TEXT,
    tags         TEXT,
    value        BLOB,
    PRIMARY KEY (cache, key)
) STRICT;

-- The highest version that was ever committed: no later process may issue a lower one.
CREATE TABLE IF NOT EXISTS highest (version INTEGER NOT NULL) STRICT;
INSERT INTO highest SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM highest);
