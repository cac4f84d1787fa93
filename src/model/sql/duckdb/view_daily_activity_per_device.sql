-- Which devices a user had on a day, and what they said of themselves.
CREATE OR REPLACE VIEW daily_activity_per_device{{sampled}} AS
SELECT
    day,
    replace(CAST(user_key AS VARCHAR), '-', '') AS uid,
    replace(CAST(device_key AS VARCHAR), '-', '') AS device_id,
    service,
    ua_browser,
    ua_version,
    ua_os
FROM daily_device_rows{{sampled}};
