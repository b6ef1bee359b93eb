INSERT INTO dirty (cache, key, version, state, expires_at, cached_at, failed_at, crc, content_type, error, tags, value)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (cache, key) DO UPDATE SET
    version = excluded.version,
    state = excluded.state,
    expires_at = excluded.expires_at,
    cached_at = excluded.cached_at,
    failed_at = excluded.failed_at,
    crc = excluded.crc,
    content_type = excluded.content_type,
    error = excluded.error,
    tags = excluded.tags,
    value = excluded.value;
