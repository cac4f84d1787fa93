-- How many events a quarter of an hour has of what is the same in all but who did it: parts, to be summed up.
CREATE TABLE event_counts_data{{next}} (
    time TIMESTAMP NOT NULL,
    event VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    domain VARCHAR,
    page VARCHAR,
    platform VARCHAR,
    timezone VARCHAR,
    bot BOOLEAN NOT NULL,
    dimensions VARCHAR,
    count BIGINT NOT NULL
);
