-- When the event at a position was.
UNION ALL
SELECT 'fact', {{name}}, strftime(time, '%Y-%m-%d %H:%M:%S.%f'), position
FROM (
    SELECT time, position FROM events_data
    UNION ALL
    SELECT time, position FROM quarantine
)
WHERE position = {{position}}
