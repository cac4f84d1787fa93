-- The units behind one number of a funnel, those that began last first.
{{walk}}
chosen AS MATERIALIZED (
    SELECT unit, {{first}} reached, reason, at_1, step_at
    FROM judged
    WHERE {{which}}{{after}}
    ORDER BY at_1 DESC, unit DESC
    LIMIT {{limit}}
),
{{last_errors}}
-- Why the next step waits in quarantine.
waiting AS MATERIALIZED (
    SELECT unit, string_agg(DISTINCT reason, ', ' ORDER BY reason) AS reasons
    FROM (
        SELECT c.unit, unnest(q.reasons) AS reason
        FROM chosen AS c
        JOIN aside AS a ON a.unit = c.unit
        JOIN quarantine AS q ON q.position = a.position
        WHERE c.reason = 1 AND CASE c.reached WHEN 0 THEN false {{aside_cases}} ELSE false END
    )
    GROUP BY unit
),
{{known}}
SELECT
    k.id AS unit,
    c.reached AS step,
    CASE c.reason WHEN 1 THEN 'quarantined' WHEN 2 THEN 'too_late' WHEN 3 THEN 'before' WHEN 4 THEN 'other_flow' WHEN 5 THEN 'error'
        WHEN 6 THEN 'never' END AS reason,
    CASE c.reason WHEN 1 THEN w.reasons WHEN 5 THEN e.error END AS detail,
    make_timestamp(c.at_1) AS first_time,
    make_timestamp(c.step_at) AS step_time,
    (c.step_at - c.at_1) / 1000000 AS seconds,
    l.last_event,
    l.last_time,
    l.events,
    k.ua_browser,
    k.ua_os,
    c.at_1 || '.' || c.unit AS after
FROM chosen AS c
JOIN known AS k ON k.unit = c.unit
JOIN ends AS l ON l.unit = c.unit
LEFT JOIN last_errors AS e ON e.unit = c.unit
LEFT JOIN waiting AS w ON w.unit = c.unit
ORDER BY c.at_1 DESC, c.unit DESC
