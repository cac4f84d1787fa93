-- Only these events.
AND c.event IN (SELECT name FROM event_names WHERE {{condition}})
