-- The events of a day that are summed up, with what one panel shows of them.
    SELECT
        e.time,
        CASE WHEN {{internal}} THEN 'internal' WHEN coalesce(e.bot, false) THEN 'bots' ELSE 'people' END AS traffic,
        {{value}} AS value,
        CASE WHEN e.visitor IS NOT NULL THEN hash(e.visitor) END AS visitor,
        CASE WHEN e.session IS NOT NULL THEN hash(e.session) END AS session,
        coalesce(n.kinds & 8 <> 0, false) AS is_page
    FROM events AS e
    LEFT JOIN event_names AS n ON n.name = e.name
    WHERE e.time >= {{day}} AND e.time < {{day}} + INTERVAL 1 DAY AND e.position > {{after}} AND e.position <= {{upto}}
