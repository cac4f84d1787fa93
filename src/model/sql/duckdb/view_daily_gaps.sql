-- How many users of a day come again so many days later: what is counted, and what the waiting days change.
CREATE OR REPLACE VIEW daily_gaps{{sampled}} AS
WITH near AS (
    SELECT DISTINCT CAST(f.day + n.i AS DATE) AS day
    FROM daily_fresh_data AS f
    CROSS JOIN (SELECT CAST(unnest(range(-31, 32)) AS INTEGER) AS i) AS n
),
days AS (
    SELECT measure, day, uid, cohort, true AS fresh
    FROM daily_fresh_data
    UNION ALL
    SELECT measure, day, uid, cohort, false AS fresh
    FROM daily_users_data
    SEMI JOIN near USING (day)
    SEMI JOIN daily_fresh_data USING (measure, uid)
),
{{gap_changes}}
SELECT measure, day, gap, sum(users) AS users
FROM (
    FROM daily_gaps_data
    UNION ALL
    FROM changes
)
WHERE cohort < {{percent}} AND ({{since}} IS NULL OR day >= CAST({{since}} AS DATE))
GROUP BY ALL
HAVING sum(users) <> 0;
