-- Runs of days whose events are to be read, and how many hours of UTC that matter do not begin with one of the time zone.
UNION ALL
SELECT 'days', CAST(min(day) AS VARCHAR), CAST(max(day) AS VARCHAR), NULL
FROM (
    SELECT day, dirty, sum(CAST(NOT dirty AS INTEGER)) OVER (ORDER BY day) AS run
    FROM (
        {{days}}
    )
)
WHERE dirty
GROUP BY run
UNION ALL
SELECT 'fact', 'odd', NULL, count(*)
FROM (
    SELECT CAST(day AS TIMESTAMP) AS time FROM day_properties_state
    UNION ALL
    SELECT CAST(day AS TIMESTAMP) + INTERVAL 1 DAY FROM day_properties_state
    UNION ALL
    SELECT unnest([{{first}}, {{last}}])
)
WHERE epoch_us({{local}}) % 3600000000 <> epoch_us(time) % 3600000000
