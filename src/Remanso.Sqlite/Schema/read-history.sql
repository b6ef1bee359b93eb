SELECT version, deleted, expires_at, updated_at, content_type, coalesce(length(value), 0), CASE WHEN length(value) <= $bytes THEN value END
FROM {history}
WHERE cache = $cache AND key = $key
ORDER BY version DESC
LIMIT $max;
