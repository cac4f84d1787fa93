-- Which errors are behind the reason `error` of each step of a funnel: each unit counts for its last one.
{{walk}}
stopped AS MATERIALIZED (
    SELECT unit, reached, reason FROM judged WHERE reason = 5
),
{{last_errors}}
named AS (
    SELECT
        s.reached,
        e.error,
        count(*) AS units,
        row_number() OVER (PARTITION BY s.reached ORDER BY count(*) DESC, e.error) AS place
    FROM stopped AS s
    JOIN last_errors AS e ON e.unit = s.unit
    GROUP BY s.reached, e.error
)
SELECT reached AS step, CASE WHEN place <= {{limit}} THEN error ELSE '(other)' END AS error, CAST(sum(units) AS BIGINT) AS units
FROM named
GROUP BY 1, 2
ORDER BY 1, min(place)
