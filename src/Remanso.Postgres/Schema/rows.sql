SELECT $1, w.key, CASE WHEN w.deleted THEN NULL ELSE w.value END, w.content_type, w.version, w.deleted, w.expires_at, $2
    FROM unnest($3, $4, $5, $6, $7, $8) AS w (key, value, content_type, version, deleted, expires_at)
    WHERE {bounded}
