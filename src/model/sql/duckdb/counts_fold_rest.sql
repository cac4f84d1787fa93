-- but for those that are not over.
INSERT INTO event_counts_fresh_data{{next}}
SELECT * EXCLUDE (is_over), true
FROM counts_fold
WHERE NOT is_over;
