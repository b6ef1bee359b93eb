INSERT INTO versions (cache, key, version, state, expires_at, cached_at, failed_at, crc, content_type, error, tags, value)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (cache, key, version) DO UPDATE SET
    state = excluded.state,
    failed_at = excluded.failed_at,
    crc = excluded.crc,
    error = excluded.error,
    tags = excluded.tags;
