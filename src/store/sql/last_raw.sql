-- The position up to which one step forgets raw values.
SELECT max(position)
FROM (
    SELECT position FROM events_data WHERE {{until}} < $1 ORDER BY position LIMIT $2
);
