-- The first and the last, by name, of a user's devices on a day.
                    SELECT NULL AS part, day, uid, min(device_id) AS low, max(device_id) AS high
                    FROM daily_activity_per_device{{sampled}}
                    WHERE true{{range}}
                    GROUP BY ALL
