-- Activity, one row an event.
CREATE OR REPLACE VIEW activity_events{{sampled}} AS
SELECT
    time AS timestamp,
    replace(CAST(uid AS VARCHAR), '-', '') AS uid,
    type,
    replace(CAST(device AS VARCHAR), '-', '') AS device_id,
    service,
    ua_browser,
    ua_version,
    ua_os,
    position
FROM activity_events_data
WHERE cohort < {{percent}} AND ({{since}} IS NULL OR time >= date_trunc('day', {{since}}));
