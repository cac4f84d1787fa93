-- What the hours of a day come to, while it is being summed up.
CREATE TABLE IF NOT EXISTS day_hours_new (
    day DATE NOT NULL,
    time TIMESTAMP NOT NULL,
    traffic VARCHAR NOT NULL,
    events BIGINT NOT NULL,
    visitors BIGINT NOT NULL,
    sessions BIGINT NOT NULL,
    pages BIGINT NOT NULL
);
