-- $1 cache, $2 updated_at, $3 keys, $4 values, $5 content types, $6 versions, $7 deleted, $8 ends of lifetime. What they become is rows.sql; or rows-alike.sql where nothing is deleted
-- or has a lifetime and $5 is the one type of all.
-- The rows are locked in the order of the arrays, which is sorted: two workers can't deadlock.
-- No row comes back where all of them changed, to just these versions, as they do as a rule; else one with the keys that changed, and their versions.
WITH changed AS (
    INSERT INTO {table} AS stored (cache, key, value, content_type, version, deleted, expires_at, updated_at)
    {rows}
    ON CONFLICT (cache, key) DO UPDATE SET
        value = EXCLUDED.value,
        content_type = EXCLUDED.content_type,
        version = EXCLUDED.version,
        deleted = EXCLUDED.deleted,
        expires_at = EXCLUDED.expires_at,
        updated_at = EXCLUDED.updated_at
    WHERE stored.version < EXCLUDED.version
    RETURNING key::text, version::bigint
), together AS (
    SELECT array_agg(key) AS keys, array_agg(version) AS versions FROM changed
)
SELECT keys, versions FROM together WHERE versions IS DISTINCT FROM $6 OR keys IS DISTINCT FROM $3
