-- $1 cache, $2 updated_at, $3 keys, $4 values, $5 content types, $6 versions, $7 deleted, $8 ends of lifetime.
-- The rows are locked in the order of the arrays, which is sorted: two workers can't deadlock.
INSERT INTO {table} AS stored (cache, key, value, content_type, version, deleted, expires_at, updated_at)
SELECT $1, w.key, CASE WHEN w.deleted THEN NULL ELSE w.value END, w.content_type, w.version, w.deleted, w.expires_at, $2
FROM unnest($3, $4, $5, $6, $7, $8) AS w (key, value, content_type, version, deleted, expires_at)
ON CONFLICT (cache, key) DO UPDATE SET
    value = EXCLUDED.value,
    content_type = EXCLUDED.content_type,
    version = EXCLUDED.version,
    deleted = EXCLUDED.deleted,
    expires_at = EXCLUDED.expires_at,
    updated_at = EXCLUDED.updated_at
WHERE stored.version < EXCLUDED.version
RETURNING key, version
