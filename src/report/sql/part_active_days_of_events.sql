-- The same in another time zone, or of some activity alone.
            SELECT DISTINCT {{part}} AS part, 0 AS measure, CAST({{local}} AS DATE) AS day, a.uid
            FROM activity_events{{sampled}} AS a
            WHERE true{{conditions}}
