-- The same of rows whose events are not in the store any more.
INSERT INTO flow_stage
SELECT
    f.flow_id,
    e.name,
    n.flow_role,
    CASE WHEN n.flow_role = 'continued' THEN map_values(n.parameters)[-1] END,
    e.time,
    e.flow_time,
    e.position,
    e.uid,
    e.locale
FROM flow_events_data AS e
JOIN flows_data AS f ON f.flow = e.flow
JOIN event_names{{next}} AS n ON n.name = e.name
WHERE e.position > {{from}} AND e.position <= {{to}} AND n.kinds & 4 <> 0
    AND e.position NOT IN (SELECT position FROM events_data WHERE position > {{from}} AND position <= {{to}});
