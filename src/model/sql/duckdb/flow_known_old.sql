-- Which of the many others have one.
INSERT INTO flow_known
SELECT f.flow_key, f.flow
FROM flows_data{{next}} AS f
JOIN (
    SELECT flow_key FROM flow_batch WHERE flow_key NOT IN (SELECT flow_key FROM flow_known)
) AS b ON b.flow_key = f.flow_key
WHERE f.flow <= {{latest_flow}};
