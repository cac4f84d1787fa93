-- The first deletion of a rule and source on a day.
INSERT INTO deletions (when_deleted, before, rows, table_name, source, rule, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7);
