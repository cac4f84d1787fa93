-- How many hours of UTC that matter do not begin with an hour of the time zone.
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
