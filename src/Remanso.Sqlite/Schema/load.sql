-- The keys travel as one JSON array: one statement for any number of keys, prepared once.
SELECT key, version, deleted, expires_at, content_type, value
FROM {table}
WHERE cache = $cache AND key IN (SELECT value FROM json_each($keys));
