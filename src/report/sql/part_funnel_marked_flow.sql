-- The events of flows.
    SELECT f.flow AS unit, f.name, epoch_us(f.time) AS time_us, f.position,
        {{fits}}
        {{in_range}}
        n.is_error
    FROM flow_events_data AS f
    JOIN names AS n ON n.name = f.name
    {{kept}}
