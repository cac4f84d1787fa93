-- Up to which position of the journal the rows are there.
SELECT position FROM store_state
