-- How many events of flows the step has.
SELECT count(*) FROM flow_stage;
