-- To version 2: which journal the rows come from.
ALTER TABLE store_state ADD COLUMN journal BLOB;
