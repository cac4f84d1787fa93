-- A new store has read nothing.
INSERT INTO store_state SELECT $1, 0 WHERE NOT EXISTS (FROM store_state);
