-- Devices of the step's days that are not known yet as they are.
CREATE OR REPLACE TEMP TABLE activity_devices AS
WITH devices AS (
    SELECT DISTINCT CAST(time AS DATE) AS day, uid, device, service, ua_browser, ua_version, ua_os, cohort
    FROM activity_step
    WHERE device IS NOT NULL
)
FROM devices s
WHERE NOT EXISTS (
    FROM daily_activity_per_device_data{{next}} d
    WHERE d.day BETWEEN getvariable('activity_first') AND getvariable('activity_last')
        AND d.day = s.day AND d.uid = s.uid AND d.device = s.device
        AND d.service IS NOT DISTINCT FROM s.service AND d.ua_browser IS NOT DISTINCT FROM s.ua_browser
        AND d.ua_version IS NOT DISTINCT FROM s.ua_version AND d.ua_os IS NOT DISTINCT FROM s.ua_os
);
