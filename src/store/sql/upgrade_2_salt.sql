-- To version 2: what tells the last record from another of the same position.
ALTER TABLE store_state ADD COLUMN last_salt BLOB;
