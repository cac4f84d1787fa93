-- A new table takes the name of the one before.
ALTER TABLE {{table}}_next RENAME TO {{table}};
