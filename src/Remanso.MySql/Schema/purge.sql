DELETE FROM {table} WHERE cache = {cache} AND `key` IN ({keys}) AND gone_at <= {before} AND updated_at <= {before}
