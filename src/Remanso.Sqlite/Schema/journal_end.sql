-- Which journal this is, and how many transactions and changes of entries were committed: each transaction counts itself.
CREATE TABLE IF NOT EXISTS ends (id INTEGER NOT NULL, commits INTEGER NOT NULL, changes INTEGER NOT NULL) STRICT;
INSERT INTO ends SELECT abs(random()), 0, 0 WHERE NOT EXISTS (SELECT 1 FROM ends);
