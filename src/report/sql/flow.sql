-- What happened in one flow, what of it waits in quarantine, and which other flows belong to it.
WITH
this AS MATERIALIZED (
    SELECT flow, flow_id, begin_time, uid, continued_from FROM flows_data WHERE flow_id = {{id}}
),
mine AS MATERIALIZED (
    SELECT position, name, time, uid
    FROM flow_events_data
    WHERE flow = (SELECT flow FROM this)
    ORDER BY time, position
    LIMIT {{limit}}
),
-- Values that only some may see are taken out for all.
hidden AS MATERIALIZED (
    SELECT coalesce(CAST(json_group_object(decode(property), NULL) AS JSON), '{}') AS patch FROM property_columns WHERE hidden
),
happened AS (
    SELECT
        'event' AS kind, m.time, m.name, m.uid AS actor, m.position, e.source, e.device, e.visitor, e.session, e.ua_browser, e.ua_os,
        e.country, e.path, CAST(NULL AS VARCHAR) AS reasons, CAST(NULL AS JSON) AS errors,
        json_merge_patch(e.properties, (SELECT patch FROM hidden)) AS properties
    FROM mine AS m
    LEFT JOIN events AS e ON e.position = m.position AND e.position IN (SELECT position FROM mine)
    UNION ALL
    SELECT
        'quarantined', q.time, q.name, json_extract_string(q.event, '$.actor'), q.position, q.source,
        json_extract_string(q.event, '$.device'), json_extract_string(q.event, '$.visitor'), json_extract_string(q.event, '$.session'),
        json_extract_string(q.event, '$.ua_browser'), json_extract_string(q.event, '$.ua_os'), json_extract_string(q.event, '$.country'),
        json_extract_string(q.event, '$.path'), array_to_string(q.reasons, ', '), q.errors, NULL
    FROM (
        FROM quarantine
        WHERE state = 'waiting' AND json_extract_string(event, '$.flow_id') = {{id}}
        ORDER BY time, position
        LIMIT {{limit}}
    ) AS q
),
since AS MATERIALIZED (
    SELECT coalesce((SELECT begin_time FROM this), min(time)) AS time FROM happened
),
related AS (
    SELECT 'from' AS kind, t.continued_from AS flow_id, f.begin_time AS time, f.completed
    FROM this AS t
    LEFT JOIN flows_data AS f ON f.flow_id = t.continued_from
    WHERE t.continued_from IS NOT NULL
    UNION ALL
    SELECT 'into', f.flow_id, coalesce(f.begin_time, f.first_time), f.completed
    FROM flows_data AS f
    JOIN this AS t ON f.continued_from = t.flow_id
    UNION ALL
    FROM (
        SELECT 'same_person', f.flow_id, coalesce(f.begin_time, f.first_time), f.completed
        FROM flows_data AS f
        JOIN this AS t ON f.uid = t.uid AND f.flow <> t.flow
        ORDER BY abs(epoch_us(coalesce(f.begin_time, f.first_time)) - epoch_us(coalesce(t.begin_time, f.first_time))), f.flow
        LIMIT 20
    )
)
FROM (
    SELECT
        h.kind, h.time, (epoch_us(h.time) - epoch_us(s.time)) // 1000 AS milliseconds, h.name, n.flow_role AS role,
        coalesce('device ' || h.device, 'visitor ' || h.visitor, 'session ' || h.session, 'source ' || h.source) AS lane,
        h.source, h.actor, h.ua_browser, h.ua_os, h.country, h.path, h.reasons, h.errors, h.properties, h.position,
        CAST(NULL AS VARCHAR) AS flow_id, CAST(NULL AS BOOLEAN) AS completed
    FROM happened AS h
    CROSS JOIN since AS s
    LEFT JOIN event_names AS n ON n.name = h.name
    UNION ALL
    SELECT
        r.kind, r.time, (epoch_us(r.time) - epoch_us(s.time)) // 1000,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, r.flow_id, r.completed
    FROM related AS r
    CROSS JOIN since AS s
)
ORDER BY kind NOT IN ('event', 'quarantined'), time, position, flow_id
