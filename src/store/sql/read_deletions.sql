-- What was deleted so far.
SELECT when_deleted, table_name, source, rule, before, rows, reason FROM deletions ORDER BY when_deleted;
