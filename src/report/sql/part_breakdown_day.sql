-- The day of an event (UTC).
CAST(e.time AS DATE)
