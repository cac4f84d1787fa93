-- The quarters of an hour of which some events are gone: what was counted of them up to a position stays as it was.
CREATE TABLE event_counts_kept_data{{next}} (
    time TIMESTAMP NOT NULL,
    source VARCHAR NOT NULL,
    upto BIGINT NOT NULL
);
