-- The days on which users were active.
            SELECT NULL AS part, 0 AS measure, day, uid
            FROM daily_active_users{{sampled}}
            WHERE true{{range}}
