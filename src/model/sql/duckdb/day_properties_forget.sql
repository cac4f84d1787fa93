-- Their sums go, too.
DELETE FROM day_properties_data
WHERE day IN (
    SELECT day FROM day_properties_state
    WHERE received < (SELECT max(before) FROM deletions WHERE table_name = 'events' AND reason IS DISTINCT FROM 'raw value'));
