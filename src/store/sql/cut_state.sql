-- The journal is read on from this position.
UPDATE store_state SET position = $1 - 1, last_salt = NULL;
