-- Flows that have begun: of each sample.
CREATE OR REPLACE VIEW flow_metadata{{sampled}} AS
SELECT
    flow_id, begin_time, duration, completed, new_account, {{begin_first}}, begins, complete_time, locale, uid,
    continued_from{{begin_rest}}
FROM flows_data AS f
WHERE f.has_begin AND coalesce(f.cohort, 99) < {{percent}}
    AND ({{since}} IS NULL OR f.begin_time >= {{since}});
