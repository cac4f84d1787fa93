-- They go.
DELETE FROM email_events_data WHERE rowid IN (SELECT row FROM email_gone);
