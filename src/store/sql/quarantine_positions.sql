-- Which events there are, in the order in which they came; and whether the same id was accepted since.
SELECT
    position,
    state,
    EXISTS (SELECT 1 FROM events_data AS e WHERE e.id = q.id AND e.source = q.source) AS known
FROM (SELECT * FROM quarantine WHERE {{filter}} ORDER BY position LIMIT {{limit}}) AS q
ORDER BY position
