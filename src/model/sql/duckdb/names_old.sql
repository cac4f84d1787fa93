-- Names of rows whose events are gone: they are known from the tables in use.
SELECT name FROM event_names WHERE name NOT IN (SELECT name FROM event_names{{next}});
