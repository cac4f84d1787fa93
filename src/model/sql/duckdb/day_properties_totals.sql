-- The hours of a day by name alone.
INSERT INTO day_properties_data
SELECT
    CAST({{day}} AS DATE),
    date_trunc('hour', e.time) AS time,
    CASE WHEN e.position IN (FROM day_properties_internal) THEN 'internal' WHEN coalesce(e.bot, false) THEN 'bots' ELSE 'people' END AS traffic,
    e.name,
    '',
    NULL,
    count(*)
FROM events_data AS e
WHERE e.time >= {{day}} AND e.time < {{day}} + INTERVAL 1 DAY AND e.position <= {{upto}}
GROUP BY ALL
ORDER BY e.name, time;
