INSERT INTO {table} AS stored (cache, key, value, content_type, version, deleted, expires_at, updated_at)
VALUES ($cache, $key, $value, $content_type, $version, $deleted, $expires_at, $updated_at)
ON CONFLICT (cache, key) DO UPDATE SET
    value = excluded.value,
    content_type = excluded.content_type,
    version = excluded.version,
    deleted = excluded.deleted,
    expires_at = excluded.expires_at,
    updated_at = excluded.updated_at
WHERE stored.version < excluded.version;
