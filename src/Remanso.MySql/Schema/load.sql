SELECT `key`, version, CAST(deleted AS SIGNED), expires_at, content_type, value
FROM {table}
WHERE cache = {cache} AND `key` IN ({keys})
