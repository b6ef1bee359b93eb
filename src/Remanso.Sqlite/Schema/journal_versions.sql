-- Of caches that keep every version: one row for each version that is not stored. Made with the first of them; the columns are those of the table dirty.
CREATE TABLE IF NOT EXISTS versions (
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
    PRIMARY KEY (cache, key, version)
) STRICT;
