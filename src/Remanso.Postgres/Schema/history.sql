-- The versions of all keys, appended and never changed; storage and collation as in the table of current rows.
CREATE TABLE IF NOT EXISTS {history} (
    cache        text    COLLATE "C" NOT NULL,
    key          text    COLLATE "C" NOT NULL,
    version      bigint  NOT NULL,
    expires_at   bigint,
    updated_at   bigint  NOT NULL,
    deleted      boolean NOT NULL,
    content_type text,
    value        bytea,
    PRIMARY KEY (cache, key, version)
);

ALTER TABLE {history} ALTER COLUMN value SET STORAGE EXTERNAL;
