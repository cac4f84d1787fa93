-- The filters of console.internal: an event that one of them fits is internal.
CREATE TABLE IF NOT EXISTS internal_traffic (
    place INTEGER NOT NULL,
    filter VARCHAR NOT NULL
);
