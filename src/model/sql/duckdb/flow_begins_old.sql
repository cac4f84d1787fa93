-- The same of flows whose begin event is not in the store any more.
INSERT INTO flow_begins
SELECT f.begin_time, f.begin_position, f.begin_locale, {{begin_old}}
FROM flows_data AS f
WHERE f.begin_position > {{from}} AND f.begin_position <= {{to}}
    AND f.begin_position IN (SELECT position FROM flow_stage WHERE flow_role = 'begin')
    AND f.begin_position NOT IN (SELECT position FROM events_data WHERE position > {{from}} AND position <= {{to}});
