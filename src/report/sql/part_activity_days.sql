-- All days on which users were active.
    SELECT NULL AS part, day, uid, true AS starting
    FROM daily_active_users{{sampled}}
