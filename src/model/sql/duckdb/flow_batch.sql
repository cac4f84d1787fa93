-- What the step's events say of each flow; none of it depends on their order. first_begin is the first begin event by time and position.
CREATE OR REPLACE TEMP TABLE flow_batch AS
SELECT
    flow_id,
    md5_number(flow_id) AS flow_key,
    count(*) FILTER (flow_role = 'begin') AS begins,
    arg_min(position, CAST(epoch_us(time) AS HUGEINT) * 9223372036854775807 + position)
        FILTER (flow_role = 'begin') AS first_begin,
    min(time) AS first_time,
    max(time) AS last_time,
    greatest(coalesce(max(flow_time) FILTER (flow_role IS DISTINCT FROM 'measure'), 0), 0) AS duration,
    count(*) FILTER (flow_role = 'complete') > 0 AS completed,
    min(flow_time) FILTER (flow_role = 'complete') AS complete_time,
    count(*) FILTER (flow_role = 'new_account') > 0 AS new_account,
    max(uid) AS uid,
    max(continued_from) AS continued_from,
    max(locale) AS any_locale,
    min(position) AS position
FROM flow_stage
GROUP BY flow_id;
