-- Events that were kept aside, the newest first, with what is wrong with each.
SELECT
    q.position,
    q.id,
    q.received,
    q.time,
    q.source,
    q.name AS event,
    q.state,
    q.reasons,
    q.errors,
    q.hidden,
    {{event}} AS contents,
    q.decided,
    q.decided_by,
    q.why,
    q.replayed_as
FROM quarantine AS q
WHERE true{{conditions}}
ORDER BY q.position DESC
LIMIT {{limit}}
