-- The positions of their events, which stand right before the note.
UPDATE quarantine
SET replayed_as = e.position
FROM events_data AS e
WHERE quarantine.replayed_as IS NULL
    AND quarantine.position IN (SELECT unnest(CAST($1 AS BIGINT[])))
    AND e.position >= $2
    AND e.position < $3
    AND e.id = quarantine.id
    AND e.source = quarantine.source;
