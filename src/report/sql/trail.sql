-- The trail of an entity: its events, found where the values are kept, and what waits in quarantine, in the order of time.
WITH found AS MATERIALIZED (
    SELECT *, CASE WHEN request_text = '' THEN CAST(coalesce(request_uuid, id) AS VARCHAR)
        ELSE coalesce(request_text, CAST(request_uuid AS VARCHAR)) END AS request_id
    FROM (
        {{found}}
    )
    ORDER BY time {{order}}, position {{order}}
    LIMIT {{limit}}
),
aside AS MATERIALIZED (
    SELECT q.*
    FROM quarantine AS q
    WHERE q.state = 'waiting'{{aside}}
    ORDER BY q.time {{order}}, q.position {{order}}
    LIMIT {{limit}}
),
-- What must not be seen by all, under any name that it has.
secret AS MATERIALIZED (
    SELECT coalesce(list(DISTINCT name), []) AS names
    FROM (
        SELECT unnest([TRY(decode(property)), column_name]) AS name FROM property_columns WHERE hidden
        UNION ALL
        SELECT property FROM columns WHERE privacy = 'hidden'
    )
    WHERE {{hides}}
),
-- The properties of what was found: a row's shape says what its columns hold.
properties AS MATERIALIZED (
    SELECT v.position, CAST('{' || string_agg(
        to_json(coalesce(TRY(decode(p.property)), p.column_name)) || ':' || v.held.value, ',' ORDER BY p.number) || '}' AS JSON) AS held
    FROM (
        SELECT f.position, f.shape, unnest([{{values}}]) AS held
        FROM found AS f
    ) AS v
    JOIN shapes AS s ON s.shape = v.shape AND s.column_name = v.held.place
    JOIN property_columns AS p ON p.property = s.property{{shown}}
    WHERE v.held.value IS NOT NULL
    GROUP BY v.position
),
lines AS (
    SELECT f.position, f.id, f.time, f.received, 'accepted' AS state, f.name, f.source, f.actor, f.session, f.visitor, f.device,
        f.request_id, f.flow_id, f.host, f.path, f.ua_browser, f.ua_version, f.ua_os, NULL AS reasons,
        json_merge_patch(json_merge_patch('{}'::JSON, coalesce(p.held, '{}'::JSON), coalesce(f.more_properties, '{}'::JSON)),
            (SELECT coalesce(json_group_object(n.name, NULL), '{}'::JSON) FROM (SELECT unnest(names) AS name FROM secret) AS n)) AS properties
    FROM found AS f
    LEFT JOIN properties AS p ON p.position = f.position
    UNION ALL
    SELECT q.position, q.id, q.time, q.received, 'quarantined', q.name, q.source, q.event->>'$.actor', q.event->>'$.session', q.event->>'$.visitor',
        q.event->>'$.device', q.event->>'$.request_id', q.event->>'$.flow_id', q.event->>'$.host', q.event->>'$.path', q.event->>'$.ua_browser',
        q.event->>'$.ua_version', q.event->>'$.ua_os', q.reasons,
        json_merge_patch(coalesce(json_extract(q.event, '$.properties'), '{}'::JSON), (
            SELECT coalesce(json_group_object(n.name, NULL), '{}'::JSON)
            FROM (SELECT unnest(list_concat(names, CASE WHEN {{hides}} THEN q.hidden ELSE [] END)) AS name FROM secret) AS n))
    FROM aside AS q
),
-- Properties that name things: ids, and what became a pseudonym.
entities AS MATERIALIZED (
    SELECT list(DISTINCT name) AS names
    FROM (
        SELECT TRY(decode(property)) AS name, type = 'UUID' AS is_id FROM property_columns
        UNION ALL
        SELECT property, privacy LIKE 'pseudonym%' FROM columns
    )
    WHERE is_id OR name ILIKE '%\_id' ESCAPE '\'
)
SELECT l.* EXCLUDE (properties, reasons),
    coalesce(l.properties->>'$.reason', l.properties->>'$.why', l.properties->>'$.cause', l.properties->>'$.note') AS reason,
    l.reasons AS errors,
    (SELECT coalesce(json_group_object(k.name, json_extract(l.properties, '/' || replace(replace(k.name, '~', '~0'), '/', '~1'))), '{}'::JSON)
        FROM (SELECT unnest(json_keys(l.properties)) AS name) AS k
        WHERE list_contains((SELECT names FROM entities), k.name)) AS entities,
    l.properties
FROM lines AS l
ORDER BY l.time {{order}}, l.position {{order}}
LIMIT {{limit}}
