-- devices of days,
DELETE FROM daily_activity_per_device_data WHERE rowid IN (SELECT row FROM activity_gone WHERE of = 'devices');
