-- Flows that no sample keeps any more: those of one step.
CREATE OR REPLACE TEMP TABLE flow_gone AS
SELECT flow
FROM flows_data
WHERE coalesce(begin_time, first_time) < {{since_whole}}
    AND (cohort IS NULL OR cohort >= 50 OR coalesce(begin_time, first_time) < {{since_half}})
    AND (cohort IS NULL OR cohort >= 10 OR coalesce(begin_time, first_time) < {{since_tenth}})
ORDER BY flow
LIMIT {{rows}};
