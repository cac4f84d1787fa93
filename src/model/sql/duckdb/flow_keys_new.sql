-- The step's flows that are new.
SELECT hash(flow_key) FROM flow_map WHERE NOT known;
