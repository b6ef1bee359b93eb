SELECT cache, `key`, value, content_type, version, deleted, expires_at, updated_at, save_id FROM {table} LIMIT 0
