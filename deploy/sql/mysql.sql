-- The account of Remanso in MySQL or MariaDB. It makes its tables in one database, and may use nothing else. Run it as an
-- administrator, with a password in place of PASSWORD:
--   mysql < mysql.sql
CREATE DATABASE remanso;
CREATE USER remanso IDENTIFIED BY 'PASSWORD';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON remanso.* TO remanso;

-- For a table of yours in front of which a cache stands, grant that table:
--   GRANT SELECT, INSERT, UPDATE, DELETE ON shop.customers TO remanso;
