-- How many days there are.
SELECT count(*) FROM day_state;
