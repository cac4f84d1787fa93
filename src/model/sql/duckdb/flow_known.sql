-- Which flows of the step have a row among the latest.
CREATE OR REPLACE TEMP TABLE flow_known AS
SELECT f.flow_key, f.flow
FROM flows_data{{next}} AS f
JOIN flow_batch AS b ON b.flow_key = f.flow_key
WHERE f.flow > {{latest_flow}};
