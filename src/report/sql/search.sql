-- Where a value is found: in which columns of events, and properties, how often, and when.
WITH hits AS MATERIALIZED (
    {{hits}}
),
named AS (
    SELECT place AS column_name, 'event' AS kind, value, events, first, last
    FROM hits
    WHERE NOT regexp_full_match(place, '[a-z]+_[0-9]+')
    UNION ALL
    SELECT p.column_name, 'property', h.value, h.events, h.first, h.last
    FROM hits AS h
    JOIN shapes AS s ON s.shape = h.shape AND s.column_name = h.place
    JOIN property_columns AS p ON p.property = s.property{{shown}}
)
SELECT column_name AS "column", kind, value, CAST(sum(events) AS BIGINT) AS events, min(first) AS first, max(last) AS last
FROM named
GROUP BY ALL
ORDER BY events DESC, "column", value
LIMIT {{limit}}
