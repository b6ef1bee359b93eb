SELECT `key` FROM {table} WHERE cache = {cache} AND `key` IN ({keys}) AND save_id <> {save_id}
