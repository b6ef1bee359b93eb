-- A version that comes again (a lost reply, a second worker) is there already.
INSERT INTO {history} (cache, key, value, content_type, version, deleted, expires_at, updated_at)
VALUES ($cache, $key, $value, $content_type, $version, $deleted, $expires_at, $updated_at)
ON CONFLICT (cache, key, version) DO NOTHING;
