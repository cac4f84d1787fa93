-- One row: the version of the tables, and the last journal position that is in them.
CREATE TABLE IF NOT EXISTS store_state (version INTEGER NOT NULL, position BIGINT NOT NULL);
