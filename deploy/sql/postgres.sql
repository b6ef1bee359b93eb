-- The role of Remanso in PostgreSQL. It owns one schema, in which it makes its tables and their triggers, and may use
-- nothing else. Run it as a superuser, or as the owner of the database with CREATEROLE, with a password in place of PASSWORD:
--   psql -d app -v ON_ERROR_STOP=1 -1 -f postgres.sql
CREATE ROLE remanso LOGIN PASSWORD 'PASSWORD' NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- Only a member may give a role something to own.
GRANT remanso TO CURRENT_USER;
CREATE SCHEMA remanso AUTHORIZATION remanso;
REVOKE remanso FROM CURRENT_USER;
ALTER ROLE remanso SET search_path = remanso;

-- For a table of yours in front of which a cache stands, grant that table; and its schema, unless everybody may use it:
--   GRANT USAGE ON SCHEMA shop TO remanso;
--   GRANT SELECT, INSERT, UPDATE, DELETE ON shop.customers TO remanso;
