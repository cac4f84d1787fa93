-- What they change in the gaps of their users.
INSERT INTO daily_gaps_data{{next}}
WITH days AS (
    SELECT measure, day, uid, cohort, true AS fresh
    FROM activity_fold
    UNION ALL
    SELECT measure, day, uid, cohort, false AS fresh
    FROM (
        FROM daily_users_data{{next}}
        WHERE day BETWEEN getvariable('fold_first') AND getvariable('fold_last')
    )
    SEMI JOIN activity_fold USING (measure, uid)
),
{{gap_changes}}
FROM changes;
