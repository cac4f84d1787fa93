-- How many events the hours of a day had, by name and by value of a property, or of none ('').
CREATE TABLE IF NOT EXISTS day_properties_data (
    day DATE NOT NULL,
    time TIMESTAMP NOT NULL,
    traffic VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    property VARCHAR NOT NULL,
    value VARCHAR,
    events BIGINT NOT NULL
);
