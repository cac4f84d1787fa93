-- The devices of days for reports.
CREATE OR REPLACE VIEW daily_device_rows{{sampled}} AS
SELECT day, uid AS user_key, device AS device_key, {{kept_service}} AS service, ua_browser, ua_version, ua_os
FROM daily_activity_per_device_data
WHERE cohort < {{percent}} AND ({{since}} IS NULL OR day >= CAST({{since}} AS DATE));
