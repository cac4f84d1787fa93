-- The step's events of flows; a measurement's flow_time is what was measured.
CREATE OR REPLACE TEMP TABLE flow_stage AS
SELECT
    e.flow_id,
    e.name,
    n.flow_role,
    CASE WHEN n.flow_role = 'continued' THEN map_values(n.parameters)[-1] END AS continued_from,
    e.time,
    CASE WHEN n.flow_role = 'measure' THEN coalesce(TRY_CAST({{p_duration_ms}} AS BIGINT), e.flow_time)
        ELSE e.flow_time END AS flow_time,
    e.position,
    e.actor AS uid,
    e.locale
FROM events AS e
JOIN event_names{{next}} AS n ON n.name = e.name
WHERE e.position > {{from}} AND e.position <= {{to}} AND e.flow_id IS NOT NULL AND n.kinds & 4 <> 0;
