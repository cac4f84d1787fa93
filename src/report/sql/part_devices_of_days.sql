-- The first and the last, by name, of a user's devices on a day.
                    SELECT NULL AS part, day, user_key AS uid, min(device_key) AS low, max(device_key) AS high
                    FROM daily_device_rows{{sampled}}
                    WHERE true{{range}}
                    GROUP BY ALL
