-- The step's flows that were not among the latest.
SELECT hash(flow_key) FROM flow_batch WHERE flow_key NOT IN (SELECT flow_key FROM flow_known);
