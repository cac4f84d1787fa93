-- They are deleted,
DELETE FROM event_counts_data WHERE rowid IN (SELECT row FROM counts_gone WHERE NOT fresh);
