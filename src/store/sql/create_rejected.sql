-- Records that could not become a row: their bytes, and why.
CREATE TABLE IF NOT EXISTS rejected (
    position BIGINT NOT NULL,
    received TIMESTAMP NOT NULL,
    kind INTEGER NOT NULL,
    reason VARCHAR NOT NULL,
    payload BLOB NOT NULL
);
