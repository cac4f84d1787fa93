-- The events of other units, as far as the models have come.
    SELECT f.{{unit}} AS unit, f.name, epoch_us(f.time) AS time_us, f.position,
        {{fits}}
        {{in_range}}
        n.is_error
    FROM events AS f
    JOIN names AS n ON n.name = f.name
    WHERE f.{{unit}} IS NOT NULL AND f.position <= (SELECT min(position) FROM model_state)
