-- One row: the version of the tables, the last journal position that is in them, and which journal that is of.
CREATE TABLE IF NOT EXISTS store_state (
    version INTEGER NOT NULL,
    position BIGINT NOT NULL,
    journal BLOB,
    last_salt BLOB
);
