-- The version of the tables and the last position that is in them.
SELECT version, position FROM store_state;
