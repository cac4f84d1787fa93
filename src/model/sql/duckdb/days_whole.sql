-- The days of which the store has all events that were summed up.
CREATE OR REPLACE TEMP TABLE days_whole AS
SELECT d.day, d.events
FROM day_state AS d
LEFT JOIN (SELECT CAST(time AS DATE) AS day, count(*) AS events FROM events_data GROUP BY ALL) AS e ON e.day = d.day
WHERE d.summed > 0 AND coalesce(e.events, 0) >= d.events;
