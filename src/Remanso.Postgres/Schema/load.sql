SELECT key, version, deleted, expires_at, content_type, value
FROM {table}
WHERE cache = $1 AND key = ANY ($2)
