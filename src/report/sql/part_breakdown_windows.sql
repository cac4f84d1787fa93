-- The buckets of a time zone by the quarters of an hour, and of two hours around: a zone is asked once for each, not for each event.
windows AS MATERIALIZED (
    SELECT epoch_us(a.t) // 900000000 AS quarter, {{bucket}} AS b, {{utc}} AS u
    FROM (
        SELECT unnest(range(
            time_bucket(INTERVAL 15 MINUTE, {{first}}) - INTERVAL 2 HOUR, {{last}} + INTERVAL 2 HOUR, INTERVAL 15 MINUTE)) AS t
    ) AS a
),
