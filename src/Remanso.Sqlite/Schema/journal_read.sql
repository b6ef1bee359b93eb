SELECT rowid, cache, key, version, state, expires_at, cached_at, failed_at, crc, content_type, error, tags, value
FROM {table}
WHERE rowid BETWEEN $first AND $last
ORDER BY rowid;
