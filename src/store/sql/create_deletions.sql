-- What was deleted, when and by which rule; a row for each rule and day.
CREATE TABLE IF NOT EXISTS deletions (
    when_deleted TIMESTAMP NOT NULL,
    table_name VARCHAR NOT NULL,
    source VARCHAR,
    rule VARCHAR NOT NULL,
    before TIMESTAMP,
    rows BIGINT NOT NULL,
    reason VARCHAR
);
