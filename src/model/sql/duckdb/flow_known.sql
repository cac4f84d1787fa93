-- Which of them have a row.
CREATE OR REPLACE TEMP TABLE flow_known AS
SELECT b.flow_id, f.flow FROM flows_data{{next}} AS f JOIN flow_batch AS b ON b.flow_key = f.flow_key;
