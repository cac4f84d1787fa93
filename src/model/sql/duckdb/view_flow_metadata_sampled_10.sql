-- Flows that have begun: the sample of one tenth.
CREATE OR REPLACE VIEW flow_metadata_sampled_10 AS
SELECT
    flow_id, begin_time, duration, completed, new_account, {{begin_first}}, begins, complete_time, locale, uid,
    continued_from{{begin_rest}}
FROM flows_data AS f
WHERE has_begin AND f.cohort < 10 AND ({{since_tenth}} IS NULL OR begin_time >= {{since_tenth}});
