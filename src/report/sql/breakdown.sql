-- Events by bucket and by values, with rows of all values (without a value) and of the whole range (without a bucket).
WITH asked AS (
    {{asked}}
),
{{windows}}grouped AS (
    SELECT {{bucket}} AS b, {{utc}} AS u, a.earlier, a.k1, a.k2, {{kept}}
    FROM asked AS a
    {{join}}{{group}}
),
found AS MATERIALIZED (
    SELECT g.* REPLACE ({{key1}} AS k1, {{key2}} AS k2)
    FROM grouped AS g
),
places AS (
    SELECT f.k1, f.k2,
        row_number() OVER (
            ORDER BY f.k1 = '(other)' AND coalesce(f.k2, '(other)') = '(other)', {{rank}} DESC NULLS LAST, f.k1, f.k2
        ) AS place
    FROM found AS f
    WHERE NOT f.earlier
    GROUP BY f.k1, f.k2
),
named AS (
    SELECT f.* REPLACE (
        CASE WHEN f.k1 IS NULL OR p.place <= {{limit}} THEN f.k1 ELSE '(other)' END AS k1,
        CASE WHEN f.k2 IS NULL OR p.place <= {{limit}} THEN f.k2 ELSE '(other)' END AS k2
    )
    FROM found AS f
    LEFT JOIN places AS p ON p.k1 IS NOT DISTINCT FROM f.k1 AND p.k2 IS NOT DISTINCT FROM f.k2
),
summed AS (
    SELECT f.b, f.u, f.k1, f.k2, grouping(f.b) = 1 AS of_range, grouping(f.k1) = 1 AS of_all, {{value}} AS value, {{before}} AS before
    FROM named AS f
    GROUP BY GROUPING SETS ((f.b, f.u, f.k1, f.k2), (f.k1, f.k2), (f.b, f.u), ())
),
shown AS (
    SELECT s.*, {{share}} AS share
    FROM (
        FROM summed
        {{fill}}
    ) AS s
)
SELECT s.b AS bucket, {{shown}}s.value, s.share, s.before
FROM shown AS s
WHERE s.of_range IN ({{of_range}}) AND s.of_all IN ({{of_all}})
ORDER BY s.u NULLS FIRST, s.b NULLS FIRST, s.of_all DESC, s.k1 = '(other)' AND coalesce(s.k2, '(other)') = '(other)', s.value DESC NULLS LAST, s.k1, s.k2
