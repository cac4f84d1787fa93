-- Which devices a user had on a day, and what they said of themselves.
CREATE OR REPLACE VIEW daily_activity_per_device{{sampled}} AS
SELECT
    day,
    replace(CAST(uid AS VARCHAR), '-', '') AS uid,
    replace(CAST(device AS VARCHAR), '-', '') AS device_id,
    service,
    ua_browser,
    ua_version,
    ua_os
FROM daily_activity_per_device_data
WHERE cohort < {{percent}} AND ({{since}} IS NULL OR day >= CAST({{since}} AS DATE));
