-- Users by the period of their first activity, and how many of them come back in the periods after it.
WITH activity AS (
{{activity}}
),
starts AS (
    SELECT uid, {{first_part}} AS part, min(day) AS first_day
    FROM activity
    WHERE starting
    GROUP BY uid
),
cohorts AS (
    SELECT uid, part, first_day, CAST(date_trunc({{period}}, first_day) AS DATE) AS cohort
    FROM starts
    WHERE true{{range}}
),
active AS (
    SELECT DISTINCT
        c.cohort,
        c.part,
        c.uid,
        date_diff({{period}}, c.cohort, CAST(date_trunc({{period}}, a.day) AS DATE)) AS period
    FROM cohorts AS c
    JOIN activity AS a ON a.uid = c.uid AND a.day >= c.first_day
),
returns AS (
    SELECT cohort, part, period, count(*) AS users
    FROM (
{{returns}}
    )
    GROUP BY ALL
),
sizes AS (
    SELECT cohort, part, count(*) AS users
    FROM cohorts
    GROUP BY ALL
),
grid AS (
    SELECT cohort, part, users, unnest(range({{periods}} + 1)) AS period
    FROM sizes
)
SELECT
    c.cohort,
    {{by}}
    c.users,
    c.period,
    CAST(coalesce(sum(r.users), 0) AS BIGINT) AS active,
    round(100 * coalesce(sum(r.users), 0) / c.users, 2) AS retained
FROM grid AS c
LEFT JOIN returns AS r ON r.cohort = c.cohort AND r.part IS NOT DISTINCT FROM c.part AND r.period {{in_period}} c.period
WHERE c.cohort + c.period * {{span}} <= (SELECT max(day) FROM activity)
GROUP BY c.cohort, c.part, c.users, c.period
ORDER BY ALL
