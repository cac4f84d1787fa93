-- What the quarters of an hour come to, and whose first and last event of the day is in them.
CREATE TABLE IF NOT EXISTS day_quarters_data (
    day DATE NOT NULL,
    time TIMESTAMP NOT NULL,
    traffic VARCHAR NOT NULL,
    events BIGINT NOT NULL,
    pages BIGINT NOT NULL,
    visitors_first BIGINT NOT NULL,
    visitors_last BIGINT NOT NULL,
    sessions_first BIGINT NOT NULL,
    sessions_last BIGINT NOT NULL
);
