-- All days on which users were active.
    SELECT NULL AS part, day, user_key AS uid, true AS starting
    FROM daily_user_rows{{sampled}}
    WHERE measure = 0
