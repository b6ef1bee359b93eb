DELETE FROM dirty WHERE cache = ? AND key = ?;
