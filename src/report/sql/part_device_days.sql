-- The days on which users had several devices, one of them on the day.
            UNION ALL
            SELECT part, 1 AS measure, day, uid
            FROM (
                SELECT *,
                    min(low) OVER (PARTITION BY part, uid ORDER BY day
                        RANGE BETWEEN to_days({{back}}) PRECEDING AND INTERVAL 1 DAY PRECEDING) AS past_low,
                    max(high) OVER (PARTITION BY part, uid ORDER BY day
                        RANGE BETWEEN to_days({{back}}) PRECEDING AND INTERVAL 1 DAY PRECEDING) AS past_high
                FROM (
{{devices}}
                )
            )
            WHERE (past_low IS NOT NULL AND least(past_low, low) <> greatest(past_high, high)){{or_same_day}}
