-- The day is summed up; what came meanwhile waits anew.
UPDATE day_state
SET
    summed = {{upto}},
    partial = {{added}},
    by_quarter = CASE WHEN {{added}} THEN coalesce(by_quarter, false) ELSE true END,
    first_marked = last_marked,
    events = CASE WHEN {{added}} THEN events ELSE 0 END
        + coalesce((SELECT sum(events) FROM day_values_new WHERE traffic = 'all' AND panel = 'total'), 0)
WHERE day = CAST({{day}} AS DATE);
