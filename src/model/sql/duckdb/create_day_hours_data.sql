-- What the hours of a day come to.
CREATE TABLE IF NOT EXISTS day_hours_data (
    day DATE NOT NULL,
    time TIMESTAMP NOT NULL,
    traffic VARCHAR NOT NULL,
    events BIGINT NOT NULL,
    visitors BIGINT NOT NULL,
    sessions BIGINT NOT NULL,
    pages BIGINT NOT NULL
);
