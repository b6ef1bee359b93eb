SELECT `key`, version
FROM {table}
WHERE cache = {cache} AND `key` IN ({keys})
