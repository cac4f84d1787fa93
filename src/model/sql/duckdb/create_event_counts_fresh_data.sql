-- The same of the latest steps, until many of them are summed up.
CREATE TABLE event_counts_fresh_data{{next}} (
    time TIMESTAMP NOT NULL,
    event VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    domain VARCHAR,
    page VARCHAR,
    platform VARCHAR,
    timezone VARCHAR,
    bot BOOLEAN NOT NULL,
    dimensions VARCHAR,
    count BIGINT NOT NULL,
    folded BOOLEAN NOT NULL
);
