-- The gaps of the days of users: when they come again.
    SELECT part, measure, day, gap, count(*) AS users
    FROM (
        SELECT part, measure, day, lead(day) OVER (PARTITION BY part, measure, uid ORDER BY day) - day AS gap
        FROM (
{{user_days}}
        )
    )
    GROUP BY ALL
