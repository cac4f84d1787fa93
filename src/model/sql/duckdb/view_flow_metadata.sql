-- Flows that have begun: all of them.
CREATE OR REPLACE VIEW flow_metadata AS
SELECT
    flow_id, begin_time, duration, completed, new_account, {{begin_first}}, begins, complete_time, locale, uid,
    continued_from{{begin_rest}}
FROM flows_data AS f
WHERE has_begin AND TRUE AND ({{since_whole}} IS NULL OR begin_time >= {{since_whole}});
