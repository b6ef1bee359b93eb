INSERT INTO {table} (cache, `key`, version, expires_at, updated_at, save_id, deleted, content_type, value) VALUES
