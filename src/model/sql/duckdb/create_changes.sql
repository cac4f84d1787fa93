-- When what derived tables are made from became another, and which version of Weir made them.
CREATE TABLE IF NOT EXISTS changes (
    moment TIMESTAMP NOT NULL,
    kind VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    first BOOLEAN NOT NULL
);
