-- Quarantined events with this error.
AND list_contains(q.reasons, {{reason}})
