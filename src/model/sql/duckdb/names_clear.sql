-- The names are matched again.
DELETE FROM event_names;
