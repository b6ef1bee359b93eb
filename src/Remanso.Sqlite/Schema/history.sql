-- The versions of all keys, appended and never changed. The order of the key is the order in which a key's history is read.
CREATE TABLE IF NOT EXISTS {history} (
    cache        TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    version      INTEGER NOT NULL,
    deleted      INTEGER NOT NULL,
    expires_at   INTEGER,
    updated_at   INTEGER NOT NULL,
    content_type TEXT,
    value        BLOB,
    PRIMARY KEY (cache, key, version)
) STRICT;

SELECT cache, key, value, content_type, version, deleted, expires_at, updated_at FROM {history} LIMIT 0;
