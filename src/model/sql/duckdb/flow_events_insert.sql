-- The step's events, those of a flow side by side.
INSERT INTO flow_events_data{{next}} (flow, name, time, flow_time, position, uid, locale)
SELECT m.flow, s.name, s.time, s.flow_time, s.position, s.uid, s.locale
FROM flow_stage AS s
JOIN flow_map AS m ON m.flow_id = s.flow_id
ORDER BY m.flow, s.position;
