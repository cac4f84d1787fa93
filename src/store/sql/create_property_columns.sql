-- Which column of the view events each property has, and whether it may be shown to all.
CREATE TABLE IF NOT EXISTS property_columns (
    property BLOB NOT NULL,
    column_name VARCHAR NOT NULL,
    type VARCHAR NOT NULL,
    hidden BOOLEAN NOT NULL,
    number INTEGER NOT NULL
);
