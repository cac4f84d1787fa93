-- What happened in flows, of each sample. Experiments and what a flow goes on from are no steps.
CREATE OR REPLACE VIEW flow_events{{sampled}} AS
SELECT e.time AS timestamp, e.flow_time, f.flow_id, e.name AS type, e.locale, e.uid
FROM flow_events_data AS e
JOIN flows_data AS f ON f.flow = e.flow
WHERE e.name NOT IN (SELECT name FROM event_names WHERE flow_role IN ('experiment', 'continued'))
    AND coalesce(f.cohort, 99) < {{percent}}
    AND ({{since}} IS NULL OR coalesce(f.begin_time, f.first_time) >= {{since}});
