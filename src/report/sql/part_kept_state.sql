-- Quarantined events of this state.
AND q.state = {{state}}
