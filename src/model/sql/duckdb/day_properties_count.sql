-- The hours of a day by one stored column.
CREATE OR REPLACE TEMP TABLE day_properties_counted AS
SELECT
    date_trunc('hour', e.time) AS time,
    CASE WHEN e.position IN (FROM day_properties_internal) THEN 'internal' WHEN coalesce(e.bot, false) THEN 'bots' ELSE 'people' END AS traffic,
    e.name,
    e.shape,
    CAST(e.{{column}} AS VARCHAR) AS value,
    count(*) AS events
FROM events_data AS e
WHERE e.time >= {{day}} AND e.time < {{day}} + INTERVAL 1 DAY AND e.position <= {{upto}} AND e.{{column}} IS NOT NULL
GROUP BY ALL;
