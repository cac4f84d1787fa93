-- How many days have sums though retention has deleted some of their events.
SELECT count(*)
FROM day_properties_state AS s
WHERE s.received < (SELECT max(before) FROM deletions WHERE table_name = 'events' AND reason IS DISTINCT FROM 'raw value')
    AND EXISTS (FROM day_properties_data AS d WHERE d.day = s.day);
