-- Days of users that are not known yet; they wait for being counted.
INSERT INTO daily_fresh_data{{next}}
WITH days AS (
    SELECT DISTINCT CAST(0 AS UTINYINT) AS measure, CAST(time AS DATE) AS day, uid, cohort
    FROM activity_step
    UNION ALL
    SELECT DISTINCT CAST(1 AS UTINYINT) AS measure, day, uid, cohort
    FROM activity_pairs
)
FROM days
ANTI JOIN (
    FROM daily_users_data{{next}}
    WHERE day BETWEEN getvariable('activity_first') AND getvariable('activity_last') + {{devices_days}}
    UNION ALL
    FROM daily_fresh_data{{next}}
) USING (measure, day, uid);
