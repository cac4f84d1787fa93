-- Days that are summed up, or waiting for it, have later events.
UPDATE day_state AS d
SET
    seen = greatest(d.seen, n.seen),
    first_marked = CASE WHEN d.seen > d.summed THEN d.first_marked ELSE {{now}} END,
    last_marked = {{now}}
FROM days_new AS n
WHERE d.day = n.day;
