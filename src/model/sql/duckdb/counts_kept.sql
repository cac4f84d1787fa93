-- Where more was counted than the store has events, some are gone.
INSERT INTO event_counts_kept_data{{next}}
SELECT o.time, o.source, (SELECT position FROM model_state)
FROM (
    SELECT time, source, sum(count) AS events
    FROM (SELECT time, source, count FROM event_counts_data UNION ALL SELECT time, source, count FROM event_counts_fresh_data)
    GROUP BY ALL
) AS o
LEFT JOIN (
    SELECT time_bucket(INTERVAL 15 MINUTE, time) AS time, source, count(*) AS events
    FROM events_data
    WHERE position <= (SELECT position FROM model_state)
    GROUP BY ALL
) AS e ON e.time = o.time AND e.source = o.source
WHERE coalesce(e.events, 0) < o.events;
