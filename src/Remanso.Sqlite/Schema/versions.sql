SELECT key, version
FROM {table}
WHERE cache = $cache AND key IN (SELECT value FROM json_each($keys));
