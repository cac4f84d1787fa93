-- How many flows that were.
SELECT count(*) FROM flow_gone;
