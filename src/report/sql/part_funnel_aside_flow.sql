-- What is in quarantine, of flows; not events of other kinds, which are in no flow when they are accepted.
    SELECT f.flow AS unit, epoch_us(q.time) AS time_us, q.position, {{fits}} q.state
    FROM quarantine AS q
    JOIN names AS n ON n.name = q.name AND n.fits <> 0
    JOIN flows_data AS f ON f.flow_id = json_extract_string(q.event, '$.flow_id')
    WHERE q.state = 'waiting' AND q.name NOT IN (SELECT name FROM event_names WHERE kinds <> 0 AND kinds & 4 = 0)
