-- The activity of the step into its table.
INSERT INTO activity_events_data{{next}}
SELECT position, time, uid, type, device, service, ua_browser, ua_version, ua_os, cohort
FROM activity_step;
