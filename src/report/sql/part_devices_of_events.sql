-- The same, and when the first and the last event of the day was.
                    SELECT
                        {{part}} AS part,
                        CAST({{local}} AS DATE) AS day,
                        a.uid,
                        min(a.device_id) AS low,
                        max(a.device_id) AS high,
                        min(a.timestamp) AS first_time,
                        max(a.timestamp) AS last_time
                    FROM activity_events{{sampled}} AS a
                    WHERE a.device_id IS NOT NULL{{conditions}}
                    GROUP BY ALL
