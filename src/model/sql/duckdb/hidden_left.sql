-- Whether rows have values of properties that are hidden by now.
SELECT
    (SELECT count(*) FROM (SELECT 1 FROM flows_data{{next}} WHERE {{left_flows}} LIMIT 1))
    + (SELECT count(*) FROM (SELECT 1 FROM activity_events_data{{next}} WHERE {{left_activity}} LIMIT 1));
