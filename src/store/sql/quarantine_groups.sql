-- What came from where, what is wrong with it, how often, and one to look at.
SELECT
    source,
    name,
    reason,
    count(*) AS events,
    min(received) AS first_received,
    max(received) AS last_received,
    max(position) AS example
FROM (
    SELECT
        source,
        name,
        received,
        position,
        unnest(CASE WHEN len(reasons) = 0 THEN ['(none)'] ELSE list_distinct(reasons) END) AS reason
    FROM quarantine
    WHERE {{filter}}
)
WHERE {{reason}} IS NULL OR reason = {{reason}}
GROUP BY source, name, reason
ORDER BY events DESC, source, name, reason
LIMIT {{limit}}
