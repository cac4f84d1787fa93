-- Only events whose name fits.
AND e.name IN (SELECT name FROM event_names WHERE {{condition}})
