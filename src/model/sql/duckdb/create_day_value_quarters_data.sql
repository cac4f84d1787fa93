-- What values come to in the quarters of an hour, and whose first and last event of the day with the value is in them.
CREATE TABLE IF NOT EXISTS day_value_quarters_data (
    day DATE NOT NULL,
    time TIMESTAMP NOT NULL,
    traffic VARCHAR NOT NULL,
    panel VARCHAR NOT NULL,
    value VARCHAR,
    events BIGINT NOT NULL,
    pages BIGINT NOT NULL,
    visitors_first BIGINT NOT NULL,
    visitors_last BIGINT NOT NULL,
    sessions_first BIGINT NOT NULL,
    sessions_last BIGINT NOT NULL
);
