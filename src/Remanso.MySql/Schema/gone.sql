SELECT `key`
FROM {table}
WHERE cache = {cache} AND gone_at <= {before} AND updated_at <= {before}
ORDER BY gone_at
LIMIT {max}
