-- Which of the few others have one: their keys are named.
INSERT INTO flow_known
SELECT f.flow_key, f.flow
FROM flows_data{{next}} AS f
JOIN (
    SELECT flow_key FROM flow_batch WHERE hash(flow_key) IN ({{keys}})
) AS b ON b.flow_key = f.flow_key
WHERE f.flow <= {{latest_flow}};
