-- These quarantined events.
AND q.position IN ({{positions}})
