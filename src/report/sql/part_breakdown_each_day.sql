-- Each day, and whether its events are to be read: all of them, where nothing is known of days.
SELECT
    d.day,
    coalesce(s.upto, 0) < d.seen
    OR coalesce(s.received < (
        SELECT max(before) FROM deletions WHERE table_name = 'events' AND reason IS DISTINCT FROM 'raw value'), false)
    OR NOT coalesce(c.summed, p.known) AS dirty
FROM day_state AS d
LEFT JOIN day_properties_state AS s ON s.day = d.day
LEFT JOIN (
    SELECT day, bool_and(summed) AS summed
    FROM day_properties_columns
    WHERE lower(property) = lower({{property}})
    GROUP BY day
) AS c ON c.day = d.day
CROSS JOIN (
    SELECT {{property}} IS NULL OR EXISTS (FROM property_columns WHERE lower(column_name) = lower({{property}})) AS known
) AS p
WHERE coalesce(CAST(d.day AS TIMESTAMP) + INTERVAL 1 DAY > {{first}}, true) AND coalesce(CAST(d.day AS TIMESTAMP) < {{last}}, true)
UNION ALL
SELECT unnest([DATE '0001-01-01', DATE '9999-12-31']), true WHERE NOT EXISTS (FROM day_state)
