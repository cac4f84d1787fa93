-- The days on which users were active.
            SELECT NULL AS part, 0 AS measure, day, user_key AS uid
            FROM daily_user_rows{{sampled}}
            WHERE measure = 0{{range}}
