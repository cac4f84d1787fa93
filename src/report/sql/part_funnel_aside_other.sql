-- What is in quarantine, of other units.
    SELECT json_extract_string(q.event, {{member}}) AS unit, epoch_us(q.time) AS time_us, q.position, {{fits}} q.state
    FROM quarantine AS q
    JOIN names AS n ON n.name = q.name AND n.fits <> 0
    WHERE q.state = 'waiting' AND json_extract_string(q.event, {{member}}) IS NOT NULL
