-- What the catalogue says of the properties of each event, as it was read last.
CREATE TABLE IF NOT EXISTS columns (
    event VARCHAR NOT NULL,
    property VARCHAR NOT NULL,
    column_name VARCHAR,
    type VARCHAR NOT NULL,
    privacy VARCHAR NOT NULL,
    required BOOLEAN NOT NULL,
    description VARCHAR
);
