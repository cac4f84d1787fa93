-- Rows of activity that no sample keeps any more, by whole days: those of one step.
CREATE OR REPLACE TEMP TABLE activity_gone AS
WITH rows_of AS (
    SELECT 'events' AS of, rowid AS row, cohort, time AS moment FROM activity_events_data
    UNION ALL
    SELECT 'devices', rowid, cohort, day FROM daily_activity_per_device_data
    UNION ALL
    SELECT 'pairs', rowid, cohort, day FROM daily_multi_device_users_data
    UNION ALL
    SELECT 'users', rowid, cohort, day FROM daily_users_data
    UNION ALL
    SELECT 'fresh', rowid, cohort, day FROM daily_fresh_data
    UNION ALL
    SELECT 'gaps', rowid, cohort, day FROM daily_gaps_data
)
SELECT of, row
FROM rows_of
WHERE moment < date_trunc('day', {{since_whole}})
    AND (cohort >= 50 OR moment < date_trunc('day', {{since_half}}))
    AND (cohort >= 10 OR moment < date_trunc('day', {{since_tenth}}))
LIMIT {{rows}};
