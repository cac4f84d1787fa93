-- Activity for reports: with what users and devices are told apart by, in half the bytes of their names.
CREATE OR REPLACE VIEW activity_rows{{sampled}} AS
SELECT
    time AS timestamp,
    replace(CAST(uid AS VARCHAR), '-', '') AS uid,
    type,
    replace(CAST(device AS VARCHAR), '-', '') AS device_id,
    {{kept_service}} AS service,
    ua_browser,
    ua_version,
    ua_os,
    position,
    uid AS user_key,
    device AS device_key
FROM activity_events_data
WHERE cohort < {{percent}} AND ({{since}} IS NULL OR time >= date_trunc('day', {{since}}));
