SELECT cache, `key`, value, content_type, version, deleted, expires_at, updated_at FROM {history} LIMIT 0
