-- They go into their table.
INSERT INTO daily_multi_device_users_data{{next}}
FROM activity_pairs;
