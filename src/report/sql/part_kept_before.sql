-- Quarantined events before this one.
AND q.position < {{before}}
