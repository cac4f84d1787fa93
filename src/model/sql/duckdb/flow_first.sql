-- Of several begin events of a flow the first counts.
CREATE OR REPLACE TEMP TABLE flow_first AS
FROM flow_begins QUALIFY row_number() OVER (PARTITION BY flow_id ORDER BY begin_time, begin_position) = 1;
