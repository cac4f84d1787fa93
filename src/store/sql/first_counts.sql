-- Counting begins at the cursor: at 0, or where an earlier version has come to.
INSERT INTO store_counts SELECT position, 0, 0, 0, 0, 0, 0 FROM store_state WHERE NOT EXISTS (FROM store_counts);
