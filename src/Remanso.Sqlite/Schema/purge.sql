-- The second line is the condition of the index, word for word; the third says since when a row is gone, as the index does.
DELETE FROM {table} WHERE rowid IN (
    SELECT rowid FROM {table} WHERE cache = $cache AND (deleted <> 0 OR expires_at IS NOT NULL)
    AND iif(deleted <> 0, updated_at, expires_at) <= $before
    AND updated_at <= $before
    AND key NOT IN (SELECT value FROM json_each($spared))
    LIMIT $max);
