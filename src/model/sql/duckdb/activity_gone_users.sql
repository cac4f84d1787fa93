-- days of users,
DELETE FROM daily_users_data WHERE rowid IN (SELECT row FROM activity_gone WHERE of = 'users');
