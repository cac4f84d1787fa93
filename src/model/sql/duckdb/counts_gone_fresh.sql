-- also where they wait to be summed up.
DELETE FROM event_counts_fresh_data WHERE rowid IN (SELECT row FROM counts_gone WHERE fresh);
