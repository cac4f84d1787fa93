-- Runs of days with events that are not summed up: all of them, where nothing is known of days.
UNION ALL
SELECT 'days', CAST(min(day) AS VARCHAR), CAST(max(day) AS VARCHAR), NULL
FROM (
    SELECT day, dirty, sum(CAST(NOT dirty AS INTEGER)) OVER (ORDER BY day) AS run
    FROM (
        SELECT day, seen > summed AND NOT partial AS dirty FROM day_state
        UNION ALL
        SELECT unnest([DATE '0001-01-01', DATE '9999-12-31']), true WHERE NOT EXISTS (FROM day_state)
    )
)
WHERE dirty
GROUP BY run
-- From which day to which some are not summed up by quarters of an hour as well.
UNION ALL
SELECT 'fact', 'not_by_quarter', CAST(unnest([min(day), max(day)]) AS VARCHAR), NULL
FROM day_state
WHERE summed > 0 AND by_quarter IS NOT true
HAVING count(*) > 0
