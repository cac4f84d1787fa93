-- Which two devices a user had on a day and shortly before.
CREATE OR REPLACE VIEW daily_multi_device_users{{sampled}} AS
SELECT
    day,
    replace(CAST(uid AS VARCHAR), '-', '') AS uid,
    replace(CAST(device_now AS VARCHAR), '-', '') AS device_now,
    replace(CAST(device_prev AS VARCHAR), '-', '') AS device_prev
FROM daily_multi_device_users_data
WHERE cohort < {{percent}} AND ({{since}} IS NULL OR day >= CAST({{since}} AS DATE));
