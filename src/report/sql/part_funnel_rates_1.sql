-- Of the first step.
CAST(NULL AS DOUBLE) AS rate, CASE WHEN came_1 > 0 THEN 100.0 END AS rate_of_first, CAST(NULL AS DOUBLE) AS median_seconds,
