-- The journal that the rows come from, and the salt of its record at the cursor.
SELECT journal, last_salt FROM store_state;
