SHOW INDEX FROM {table} WHERE Non_unique = 0
