-- The tables are of this version now.
UPDATE store_state SET version = $1;
