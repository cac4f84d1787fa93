-- The same in another time zone, or of some activity alone.
            SELECT DISTINCT {{part}} AS part, 0 AS measure, CAST({{local}} AS DATE) AS day, a.user_key AS uid
            FROM activity_rows{{sampled}} AS a
            WHERE true{{conditions}}
