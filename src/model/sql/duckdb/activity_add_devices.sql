-- They go into their table, before their pairs are looked for.
INSERT INTO daily_activity_per_device_data{{next}}
FROM activity_devices;
