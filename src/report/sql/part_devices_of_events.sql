-- The same, and when the first and the last event of the day was.
                    SELECT
                        {{part}} AS part,
                        CAST({{local}} AS DATE) AS day,
                        a.user_key AS uid,
                        min(a.device_key) AS low,
                        max(a.device_key) AS high,
                        min(a.timestamp) AS first_time,
                        max(a.timestamp) AS last_time
                    FROM activity_rows{{sampled}} AS a
                    WHERE a.device_key IS NOT NULL{{conditions}}
                    GROUP BY ALL
