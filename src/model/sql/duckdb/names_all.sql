-- All names there are.
SELECT name FROM event_names ORDER BY name;
