SELECT key, version
FROM {table}
WHERE cache = $1 AND key = ANY ($2)
