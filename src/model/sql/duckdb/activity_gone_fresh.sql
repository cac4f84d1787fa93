-- those that wait,
DELETE FROM daily_fresh_data WHERE rowid IN (SELECT row FROM activity_gone WHERE of = 'fresh');
