-- Which column of events_data holds which property in rows of a shape; kept for good.
CREATE TABLE IF NOT EXISTS shapes (
    shape INTEGER NOT NULL,
    property BLOB NOT NULL,
    kind VARCHAR NOT NULL,
    column_name VARCHAR NOT NULL
);
