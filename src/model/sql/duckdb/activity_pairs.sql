-- The new pairs that they are part of, on either side: a late device pairs with later days, too.
CREATE OR REPLACE TEMP TABLE activity_pairs AS
WITH pairs AS (
    SELECT now.day, now.uid, now.device AS device_now, past.device AS device_prev, now.cohort
    FROM activity_devices now
    JOIN daily_activity_per_device_data{{next}} past ON past.uid = now.uid AND past.device <> now.device
        AND past.day >= now.day - {{devices_days}} AND past.day {{devices_before}} now.day
    WHERE past.day
        BETWEEN getvariable('activity_first') - {{devices_days}} AND getvariable('activity_last')
    UNION
    SELECT now.day, now.uid, now.device AS device_now, past.device AS device_prev, now.cohort
    FROM activity_devices past
    JOIN daily_activity_per_device_data{{next}} now ON now.uid = past.uid AND now.device <> past.device
        AND past.day >= now.day - {{devices_days}} AND past.day {{devices_before}} now.day
    WHERE now.day
        BETWEEN getvariable('activity_first') AND getvariable('activity_last') + {{devices_days}}
)
FROM pairs
ANTI JOIN (
    FROM daily_multi_device_users_data{{next}}
    WHERE day BETWEEN getvariable('activity_first') AND getvariable('activity_last') + {{devices_days}}
) USING (day, uid, device_now, device_prev);
