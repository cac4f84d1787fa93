-- What fresh `days` change in the gaps of their users: the gaps with them, less those without.
gaps AS (
    SELECT measure, day, cohort, fresh,
        lead(day) OVER (PARTITION BY measure, uid ORDER BY day) - day AS gap,
        lead(CASE WHEN NOT fresh THEN day END IGNORE NULLS) OVER (PARTITION BY measure, uid ORDER BY day)
            - day AS gap_before
    FROM days
),
moves AS (
    SELECT measure, day, cohort, gap, 1 AS users
    FROM gaps
    WHERE fresh OR gap IS DISTINCT FROM gap_before
    UNION ALL
    SELECT measure, day, cohort, gap_before, -1
    FROM gaps
    WHERE NOT fresh AND gap IS DISTINCT FROM gap_before
),
changes AS (
    SELECT
        measure,
        day,
        CASE WHEN gap <= 31 THEN gap END AS gap,
        CASE WHEN cohort < 10 THEN 0 WHEN cohort < 50 THEN 10 ELSE 50 END AS cohort,
        sum(users) AS users
    FROM moves
    GROUP BY ALL
    HAVING sum(users) <> 0
)
