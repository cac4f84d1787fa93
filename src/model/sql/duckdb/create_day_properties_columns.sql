-- Columns of events whose values are in a day's sums (`summed`), and properties of which they are not. A property that came up
-- after a day was summed up is in neither, as the day has no event with it.
CREATE TABLE IF NOT EXISTS day_properties_columns (
    day DATE NOT NULL,
    property VARCHAR NOT NULL,
    summed BOOLEAN NOT NULL
);
