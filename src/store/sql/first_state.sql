-- A new store has read nothing.
INSERT INTO store_state (version, position) SELECT $1, 0 WHERE NOT EXISTS (FROM store_state);
