SELECT $1, w.key, w.value, $5, w.version, false, NULL, $2
    FROM unnest($3, $4, $6) AS w (key, value, version)
    WHERE {bounded}
