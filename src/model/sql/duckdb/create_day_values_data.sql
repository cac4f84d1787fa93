-- What the values of a day come to.
CREATE TABLE IF NOT EXISTS day_values_data (
    day DATE NOT NULL,
    traffic VARCHAR NOT NULL,
    panel VARCHAR NOT NULL,
    value VARCHAR,
    events BIGINT NOT NULL,
    visitors BIGINT,
    sessions BIGINT,
    pages BIGINT NOT NULL
);
