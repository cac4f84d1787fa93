-- Days that are summed up, or waiting for it, have later events. Of a day of which retention may have deleted some, these are not
-- enough: its sum counts until they are added.
UPDATE day_state AS d
SET
    seen = greatest(d.seen, n.seen),
    partial = d.partial OR (d.summed > 0 AND coalesce(d.day < (
        SELECT max(before) FROM deletions WHERE table_name = 'events' AND reason IS DISTINCT FROM 'raw value'), false)),
    first_marked = CASE WHEN d.seen > d.summed THEN d.first_marked ELSE {{now}} END,
    last_marked = {{now}}
FROM days_new AS n
WHERE d.day = n.day;
