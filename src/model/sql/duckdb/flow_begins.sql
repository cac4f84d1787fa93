-- The step's begin events, with what a flow takes from them.
CREATE OR REPLACE TEMP TABLE flow_begins AS
SELECT e.time AS begin_time, e.position AS begin_position, e.locale AS begin_locale, {{begin_values}}
FROM events AS e
WHERE e.position > {{from}} AND e.position <= {{to}} AND e.flow_id IS NOT NULL
    AND e.name IN (SELECT name FROM event_names{{next}} WHERE kinds & 4 <> 0 AND flow_role = 'begin');
