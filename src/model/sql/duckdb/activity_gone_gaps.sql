-- and what was counted of them.
DELETE FROM daily_gaps_data WHERE rowid IN (SELECT row FROM activity_gone WHERE of = 'gaps');
