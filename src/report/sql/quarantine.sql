-- What was kept aside, in groups by what is wrong, the event and its source.
WITH kept AS (
    SELECT q.position, q.name, q.source, q.received, q.reasons, q.errors, q.event
    FROM quarantine AS q
    WHERE true{{conditions}}
),
span AS (
    SELECT {{first}} AS first, {{last}} AS last
),
each AS (
    SELECT *
    FROM (
        SELECT
            k.*,
            unnest(CASE WHEN len(k.reasons) = 0 THEN ['(none)'] ELSE list_distinct(k.reasons) END) AS reason,
            CAST(least(29, greatest(0, 30 * (epoch_us(k.received) - epoch_us(s.first))
                // greatest(1, epoch_us(s.last) - epoch_us(s.first)))) AS INTEGER) AS part
        FROM kept AS k, span AS s
    )
    WHERE true{{group}}
),
places AS (
    SELECT reason, name, source, path, expected, count(*) AS events
    FROM (
        SELECT DISTINCT reason, name, source, position, e.path AS path, e.expected AS expected
        FROM (
            SELECT reason, name, source, position,
                unnest(from_json(errors, '[{"code": "VARCHAR", "path": "VARCHAR", "expected": "VARCHAR"}]')) AS e
            FROM each
        )
        WHERE e.code = reason
    )
    GROUP BY ALL
),
senders AS (
    SELECT reason, name, source, app_version, browser, system, count(*) AS events
    FROM (
        SELECT reason, name, source, event ->> '$.app_version' AS app_version, event ->> '$.ua_browser' AS browser,
            event ->> '$.ua_os' AS system
        FROM each
        WHERE event IS NOT NULL
    )
    GROUP BY ALL
),
place_lists AS (
    SELECT reason, name, source,
        list({path: path, expected: expected, events: events} ORDER BY events DESC, path, expected)[:5] AS places
    FROM places
    GROUP BY ALL
),
sender_lists AS (
    SELECT reason, name, source,
        list({app_version: app_version, browser: browser, system: system, events: events}
            ORDER BY events DESC, app_version, browser, system)[:3] AS senders,
        count(*) AS sender_count
    FROM senders
    GROUP BY ALL
),
groups AS (
    SELECT
        reason,
        name,
        source,
        count(*) AS events,
        min(received) AS first_received,
        max(received) AS last_received,
        max(position) AS example,
        histogram(part) AS parts
    FROM each
    GROUP BY ALL
)
SELECT
    g.reason,
    g.name AS event,
    g.source,
    g.events,
    g.first_received,
    g.last_received,
    g.example,
    list_transform(range(30), lambda i: coalesce(g.parts[CAST(i AS INTEGER)], 0)) AS parts,
    p.places,
    s.senders,
    s.sender_count
FROM groups AS g
LEFT JOIN place_lists AS p ON p.reason = g.reason AND p.name = g.name AND p.source = g.source
LEFT JOIN sender_lists AS s ON s.reason = g.reason AND s.name = g.name AND s.source = g.source
ORDER BY g.events DESC, g.source, g.name, g.reason
LIMIT {{limit}}
