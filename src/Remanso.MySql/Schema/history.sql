-- The versions of all keys, appended and never changed; types as in the table of current rows, for the same reasons.
CREATE TABLE IF NOT EXISTS {history} (
    cache        VARBINARY(256)  NOT NULL,
    `key`        VARBINARY(1024) NOT NULL,
    version      BIGINT          NOT NULL,
    expires_at   BIGINT,
    updated_at   BIGINT          NOT NULL,
    deleted      BOOLEAN         NOT NULL,
    content_type BLOB,
    value        LONGBLOB,
    PRIMARY KEY (cache, `key`, version)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin
