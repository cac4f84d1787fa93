-- Each flow of the step with its number; a new flow gets the next one.
CREATE OR REPLACE TEMP TABLE flow_map AS
SELECT
    b.*,
    k.flow IS NOT NULL AS known,
    coalesce(k.flow, {{last_flow}} + row_number() OVER (PARTITION BY k.flow IS NULL ORDER BY b.position)) AS flow
FROM flow_batch AS b
LEFT JOIN flow_known AS k ON k.flow_key = b.flow_key;
