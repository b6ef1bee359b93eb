INSERT INTO {history} (cache, `key`, version, expires_at, updated_at, deleted, content_type, value) VALUES
