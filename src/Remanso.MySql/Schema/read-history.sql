SELECT version, CAST(deleted AS SIGNED), expires_at, updated_at, content_type, COALESCE(LENGTH(value), 0), CASE WHEN LENGTH(value) <= {bytes} THEN value END
FROM {history}
WHERE cache = {cache} AND `key` = {keys}
ORDER BY version DESC
LIMIT {max}
