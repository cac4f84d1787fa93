-- The day is summed up.
UPDATE day_state
SET
    summed = {{upto}},
    partial = {{added}},
    events = CASE WHEN {{added}} THEN events ELSE 0 END
        + coalesce((SELECT sum(events) FROM day_values_new WHERE traffic = 'all' AND panel = 'total'), 0)
WHERE day = CAST({{day}} AS DATE);
