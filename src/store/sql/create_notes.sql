-- What the collector noted about itself: reloads, ends of keys.
CREATE TABLE IF NOT EXISTS notes (
    position BIGINT NOT NULL,
    received TIMESTAMP NOT NULL,
    note VARCHAR NOT NULL
);
