-- Tells who listens on the channel remanso_OID (the table's; of a partition it is that of the whole) which rows were changed past Remanso:
-- {"cache":…,"key":…,"version":…}; {"cache":…} for any row of a cache, {} for any row.
--
-- Remanso's own writes raise a row's version, and its versions are microseconds since 1970, so the conditions below leave
-- them out before the function is called. Whoever else raises the version does so on Remanso's terms, and is not told of.
--
-- A row that is deleted or expired answers every read as one that is not there, so nobody is told when it is removed.
--
-- Past 1,000 rows a transaction is told of as a whole: identical messages of a transaction are sent once, and a queue
-- that is full would fail everybody's commits. A message may have 8,000 bytes, hence the limits to cache and key: what
-- exceeds them can be in no cache.
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    channel text := 'remanso_' || coalesce(pg_partition_root(TG_RELID)::oid, TG_RELID);
    told integer;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM pg_notify(channel, '{}');
        RETURN NULL;
    END IF;

    told := coalesce(nullif(current_setting('remanso.told', true), ''), '0')::integer + 1;
    PERFORM set_config('remanso.told', told::text, true);

    IF TG_OP <> 'INSERT' AND octet_length(OLD.cache) <= 64 THEN
        PERFORM pg_notify(channel, CASE WHEN told > 1000 OR octet_length(OLD.key) > 1024
            THEN json_build_object('cache', OLD.cache)
            ELSE json_build_object('cache', OLD.cache, 'key', OLD.key, 'version', OLD.version) END::text);
    END IF;

    IF (TG_OP = 'INSERT' OR TG_OP = 'UPDATE' AND (OLD.cache <> NEW.cache OR OLD.key <> NEW.key)) AND octet_length(NEW.cache) <= 64 THEN
        PERFORM pg_notify(channel, CASE WHEN told > 1000 OR octet_length(NEW.key) > 1024
            THEN json_build_object('cache', NEW.cache)
            ELSE json_build_object('cache', NEW.cache, 'key', NEW.key, 'version', NEW.version) END::text);
    END IF;

    RETURN NULL;
END
$body$;

DROP TRIGGER IF EXISTS remanso_updated ON {table};
CREATE TRIGGER remanso_updated AFTER UPDATE ON {table} FOR EACH ROW
    WHEN (NEW.version <= OLD.version) EXECUTE FUNCTION {function}();

DROP TRIGGER IF EXISTS remanso_inserted ON {table};
CREATE TRIGGER remanso_inserted AFTER INSERT ON {table} FOR EACH ROW
    WHEN (NEW.version < 1000000000000000) EXECUTE FUNCTION {function}();

DROP TRIGGER IF EXISTS remanso_deleted ON {table};
CREATE TRIGGER remanso_deleted AFTER DELETE ON {table} FOR EACH ROW
    WHEN (NOT OLD.deleted AND (OLD.expires_at IS NULL OR OLD.expires_at > extract(epoch FROM now()) * 1000000)) EXECUTE FUNCTION {function}();

DROP TRIGGER IF EXISTS remanso_truncated ON {table};
CREATE TRIGGER remanso_truncated AFTER TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {function}();
