-- The event as it was kept.
CAST(q.event AS VARCHAR)
