-- Which experiments a flow was part of: of each sample.
CREATE OR REPLACE VIEW flow_experiments{{sampled}} AS
SELECT
    n.parameters['experiment'] AS experiment,
    n.parameters['cohort'] AS cohort,
    e.time AS timestamp,
    f.flow_id,
    f.uid
FROM flow_events_data AS e
JOIN event_names AS n ON n.name = e.name
JOIN flows_data AS f ON f.flow = e.flow
WHERE n.flow_role = 'experiment' AND coalesce(f.cohort, 99) < {{percent}}
    AND ({{since}} IS NULL OR coalesce(f.begin_time, f.first_time) >= {{since}});
