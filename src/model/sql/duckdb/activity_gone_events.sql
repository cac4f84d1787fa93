-- They go: activity,
DELETE FROM activity_events_data WHERE rowid IN (SELECT row FROM activity_gone WHERE of = 'events');
