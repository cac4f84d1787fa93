-- pairs of devices,
DELETE FROM daily_multi_device_users_data WHERE rowid IN (SELECT row FROM activity_gone WHERE of = 'pairs');
