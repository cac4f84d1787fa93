-- The last number that the step gave.
SELECT max(flow) FROM flow_map WHERE NOT known;
