-- How many rows that were.
SELECT count(*) FROM activity_gone;
