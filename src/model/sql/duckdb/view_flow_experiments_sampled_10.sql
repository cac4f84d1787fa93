-- Which experiments a flow was part of: the sample of one tenth.
CREATE OR REPLACE VIEW flow_experiments_sampled_10 AS
SELECT
    n.parameters['experiment'] AS experiment,
    n.parameters['cohort'] AS cohort,
    e.time AS timestamp,
    f.flow_id,
    f.uid
FROM flow_events_data AS e
JOIN event_names AS n ON n.name = e.name
JOIN flows_data AS f ON f.flow = e.flow
WHERE n.flow_role = 'experiment' AND f.cohort < 10
    AND ({{since_tenth}} IS NULL OR coalesce(f.begin_time, f.first_time) >= {{since_tenth}});
