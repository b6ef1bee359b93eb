-- cache and key are bytes: every text collation of MySQL before 8.0 and of MariaDB takes 'a' and 'a ' for one key, or folds
-- case, and 1,024 characters of utf8mb4 would not fit into an index (3,072 bytes). Bytes come back whole whatever character
-- set the driver talks in. The same holds for content_type.
--
-- save_id: which save wrote the row; how a save learns which rows its guard left alone.
--
-- gone_at: since when a row is deleted, or from when it is expired; what a purge looks for. It is null and does not change in rows
-- that are neither deleted nor to expire, so their updates leave its index alone.
--
-- DYNAMIC: long values go out of line as a whole, which keeps the rows of short ones together and the guard off the long ones.
CREATE TABLE IF NOT EXISTS {table} (
    cache        VARBINARY(256)  NOT NULL,
    `key`        VARBINARY(1024) NOT NULL,
    version      BIGINT          NOT NULL,
    expires_at   BIGINT,
    updated_at   BIGINT          NOT NULL,
    save_id      BIGINT          NOT NULL,
    deleted      BOOLEAN         NOT NULL,
    gone_at      BIGINT          AS (IF(deleted, updated_at, expires_at)) STORED,
    content_type BLOB,
    value        LONGBLOB,
    PRIMARY KEY (cache, `key`),
    KEY gone (cache, gone_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin
