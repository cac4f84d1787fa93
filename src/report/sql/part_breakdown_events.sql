-- Only these events.
AND e.name IN ({{names}})
