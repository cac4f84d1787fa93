-- Windows that are over.
INSERT INTO event_counts_data{{next}}
SELECT * EXCLUDE (is_over)
FROM counts_fold
WHERE is_over;
