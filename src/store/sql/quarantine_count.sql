-- How many events there are.
SELECT count(*) AS events FROM quarantine WHERE {{filter}}
