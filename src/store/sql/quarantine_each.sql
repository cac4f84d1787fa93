-- One row for each event, the newest first.
SELECT position, received, source, name, reasons, state, id, why, replayed_as
FROM quarantine
WHERE {{filter}}
ORDER BY position DESC
LIMIT {{limit}}
