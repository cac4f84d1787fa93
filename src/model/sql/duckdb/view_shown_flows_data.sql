-- Flows as those who may not see hidden values find them.
CREATE OR REPLACE VIEW shown.flows_data AS
SELECT * REPLACE ({{begin_first}}{{begin_rest}})
FROM main.flows_data;
