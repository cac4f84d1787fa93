-- Everything that is known about each event.
SELECT
    position,
    CAST(id AS VARCHAR) AS id,
    name,
    source,
    strftime(time, '%Y-%m-%dT%H:%M:%S.%fZ') AS time,
    strftime(received, '%Y-%m-%dT%H:%M:%S.%fZ') AS received,
    state,
    strftime(decided, '%Y-%m-%dT%H:%M:%S.%fZ') AS decided,
    decided_by,
    why,
    replayed_as,
    reasons,
    CAST(errors AS VARCHAR) AS errors,
    hidden,
    CAST(event AS VARCHAR) AS event
FROM quarantine
WHERE {{filter}}
ORDER BY position
LIMIT {{limit}}
