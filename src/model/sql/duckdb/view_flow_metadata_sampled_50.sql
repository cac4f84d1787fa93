-- Flows that have begun: the sample of one half.
CREATE OR REPLACE VIEW flow_metadata_sampled_50 AS
SELECT
    flow_id, begin_time, duration, completed, new_account, {{begin_first}}, begins, complete_time, locale, uid,
    continued_from{{begin_rest}}
FROM flows_data AS f
WHERE has_begin AND f.cohort < 50 AND ({{since_half}} IS NULL OR begin_time >= {{since_half}});
