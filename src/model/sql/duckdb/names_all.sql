-- All names there are.
SELECT name FROM event_names{{next}} ORDER BY name;
