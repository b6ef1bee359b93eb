-- $1 cache, $2 the time before which a row is gone and was last written, $3 how many rows at most, $4 the keys whose rows stay.
-- Rows that a save has locked are left for the next time: a purge waits for nobody, so it can be in no deadlock. Those that it
-- locks are as they were read until it commits. A ctid is one of a partition: of a table that has several, those of other
-- rows may be among them, so the conditions stand twice.
DELETE FROM {table} WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM {table}
    WHERE cache = $1 AND gone_at <= $2 AND updated_at <= $2 AND key <> ALL ($4)
    ORDER BY gone_at
    LIMIT $3
    FOR UPDATE SKIP LOCKED))
AND cache = $1 AND gone_at <= $2 AND updated_at <= $2 AND key <> ALL ($4)
