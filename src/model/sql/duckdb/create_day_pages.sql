-- Names of events that were summed up, and whether as pages.
CREATE TABLE IF NOT EXISTS day_pages (
    name VARCHAR NOT NULL,
    page BOOLEAN NOT NULL
);
