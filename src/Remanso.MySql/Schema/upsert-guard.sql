-- Assignments run from left to right and see what was assigned before: version, which the guard reads, comes last.
ON DUPLICATE KEY UPDATE
    value = IF(version < VALUES(version), VALUES(value), value),
    content_type = IF(version < VALUES(version), VALUES(content_type), content_type),
    deleted = IF(version < VALUES(version), VALUES(deleted), deleted),
    expires_at = IF(version < VALUES(version), VALUES(expires_at), expires_at),
    updated_at = IF(version < VALUES(version), VALUES(updated_at), updated_at),
    save_id = IF(version < VALUES(version), VALUES(save_id), save_id),
    version = IF(version < VALUES(version), VALUES(version), version)
