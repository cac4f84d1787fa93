-- How much of each event of the catalogue has come, when last, and what was kept aside; names that it lacks, too.
WITH span AS (
    SELECT {{first}} AS first, {{last}} AS last
),
names AS (
    SELECT name, CASE WHEN kinds <> 0 THEN event END AS entry
    FROM event_names
),
windows AS (
    SELECT c.event AS name, c.time, sum(c.count) AS count
    FROM event_count_rows AS c
    GROUP BY ALL
),
seen AS (
    SELECT
        coalesce(n.entry, w.name) AS event,
        n.entry IS NOT NULL AS declared,
        w.name,
        w.time,
        w.count,
        w.time >= s.first AND w.time < s.last AS inside,
        CAST(least(29, greatest(0, 30 * (epoch_us(w.time) - epoch_us(s.first))
            // greatest(1, epoch_us(s.last) - epoch_us(s.first)))) AS INTEGER) AS part
    FROM windows AS w
    CROSS JOIN span AS s
    LEFT JOIN names AS n ON n.name = w.name
),
parts AS (
    SELECT event, declared, map_from_entries(list({k: part, v: count})) AS parts
    FROM (
        SELECT event, declared, part, CAST(sum(count) AS BIGINT) AS count
        FROM seen
        WHERE inside
        GROUP BY ALL
    )
    GROUP BY ALL
),
accepted AS (
    SELECT
        event,
        declared,
        count(DISTINCT name) AS names,
        CAST(coalesce(sum(count) FILTER (inside), 0) AS BIGINT) AS events,
        CAST(sum(count) AS BIGINT) AS events_ever,
        min(time) AS first_seen,
        max(time) AS last_seen
    FROM seen
    GROUP BY ALL
),
kept AS (
    SELECT
        coalesce(n.entry, q.name) AS event,
        n.entry IS NOT NULL AS declared,
        q.name,
        q.source,
        q.received,
        q.position,
        q.state,
        q.reasons,
        q.received >= s.first AND q.received < s.last AS inside
    FROM quarantine AS q
    CROSS JOIN span AS s
    LEFT JOIN names AS n ON n.name = q.name
),
reasons AS (
    SELECT event, declared, list({reason: reason, events: events} ORDER BY events DESC, reason) AS reasons
    FROM (
        SELECT event, declared, reason, count(*) AS events
        FROM (
            SELECT event, declared, unnest(list_distinct(reasons)) AS reason
            FROM kept
            WHERE inside
        )
        GROUP BY ALL
    )
    GROUP BY ALL
),
violations AS (
    SELECT
        event,
        declared,
        count(*) FILTER (inside) AS quarantined,
        count(*) FILTER (state = 'waiting') AS waiting,
        max(received) AS last_quarantined,
        max(position) AS example,
        list_sort(list_distinct(list(source))) AS sources
    FROM kept
    GROUP BY ALL
)
SELECT
    coalesce(a.event, v.event) AS event,
    coalesce(a.declared, v.declared) AS declared,
    coalesce(a.names, 0) AS names,
    coalesce(a.events, 0) AS events,
    coalesce(a.events_ever, 0) AS events_ever,
    a.first_seen,
    a.last_seen,
    list_transform(range(30), lambda i: coalesce(p.parts[CAST(i AS INTEGER)], 0)) AS parts,
    coalesce(v.quarantined, 0) AS quarantined,
    coalesce(v.waiting, 0) AS waiting,
    v.last_quarantined,
    v.example,
    v.sources AS quarantined_sources,
    r.reasons
FROM accepted AS a
FULL JOIN violations AS v ON v.event = a.event AND v.declared = a.declared
LEFT JOIN parts AS p ON p.event = a.event AND p.declared = a.declared
LEFT JOIN reasons AS r ON r.event = v.event AND r.declared = v.declared
ORDER BY 2 DESC, 4 DESC, 9 DESC, 1
LIMIT {{limit}}
