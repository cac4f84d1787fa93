-- Events counted by buckets and what they are grouped by; of that, what has most of them has a name.
WITH windows AS (
    SELECT c.time, {{bucket}} AS b, {{utc}} AS u
    FROM (SELECT DISTINCT c.time FROM event_count_rows AS c WHERE true{{range}}) AS c
),
counted AS (
    SELECT w.b, w.u, {{k1}} AS k1, {{k2}} AS k2, {{k3}} AS k3, {{k4}} AS k4, sum(c.count) AS count
    FROM event_count_rows AS c
    JOIN windows AS w ON w.time = c.time
    WHERE true{{conditions}}
    GROUP BY ALL
),
places AS (
    SELECT k1, k2, k3, k4, row_number() OVER (ORDER BY k1 = '(other)', sum(count) DESC, k1, k2, k3, k4) AS place
    FROM counted
    GROUP BY k1, k2, k3, k4
),
shown AS (
    SELECT
        c.b,
        c.u,
        CASE WHEN p.place <= {{limit}} THEN c.k1 ELSE '(other)' END AS k1,
        CASE WHEN p.place <= {{limit}} THEN c.k2 ELSE '(other)' END AS k2,
        CASE WHEN p.place <= {{limit}} THEN c.k3 ELSE '(other)' END AS k3,
        CASE WHEN p.place <= {{limit}} THEN c.k4 ELSE '(other)' END AS k4,
        sum(c.count) AS count
    FROM counted AS c
    JOIN places AS p ON p.k1 IS NOT DISTINCT FROM c.k1 AND p.k2 IS NOT DISTINCT FROM c.k2
        AND p.k3 IS NOT DISTINCT FROM c.k3 AND p.k4 IS NOT DISTINCT FROM c.k4
    GROUP BY ALL
)
SELECT
    {{shown}}
    CAST(sum(t.count) AS BIGINT) AS count
FROM (
    FROM shown
    {{fill}}
) AS t
GROUP BY t.b, t.u, t.k1, t.k2, t.k3, t.k4
ORDER BY t.u, t.b, t.k1 = '(other)', sum(t.count) DESC, t.k1, t.k2, t.k3, t.k4
