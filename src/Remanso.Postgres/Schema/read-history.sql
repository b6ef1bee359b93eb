-- $1 cache, $2 key, $3 the largest value, $4 how many.
SELECT version, deleted, expires_at, updated_at, content_type, coalesce(octet_length(value), 0)::bigint, CASE WHEN octet_length(value) <= $3 THEN value END
FROM {history}
WHERE cache = $1 AND key = $2
ORDER BY version DESC
LIMIT $4
