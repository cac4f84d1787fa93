-- What the quarters of an hour come to.
INSERT INTO day_quarters_new
WITH seen AS MATERIALIZED (
    SELECT time_bucket(INTERVAL 15 MINUTE, time) AS time, unnest([traffic, 'all']) AS traffic, visitor, session, is_page
    FROM ({{events}})
),
visitors AS (
    SELECT traffic, min(time) AS first, max(time) AS last
    FROM seen
    WHERE visitor IS NOT NULL
    GROUP BY traffic, visitor
),
sessions AS (
    SELECT traffic, min(time) AS first, max(time) AS last
    FROM seen
    WHERE session IS NOT NULL
    GROUP BY traffic, session
),
parts AS (
    SELECT time, traffic, 1 AS events, CAST(is_page AS INTEGER) AS pages, 0 AS vf, 0 AS vl, 0 AS sf, 0 AS sl FROM seen
    UNION ALL
    SELECT first, traffic, 0, 0, count(*), 0, 0, 0 FROM visitors GROUP BY ALL
    UNION ALL
    SELECT last, traffic, 0, 0, 0, count(*), 0, 0 FROM visitors GROUP BY ALL
    UNION ALL
    SELECT first, traffic, 0, 0, 0, 0, count(*), 0 FROM sessions GROUP BY ALL
    UNION ALL
    SELECT last, traffic, 0, 0, 0, 0, 0, count(*) FROM sessions GROUP BY ALL
)
SELECT CAST({{day}} AS DATE), time, traffic, sum(events), sum(pages), sum(vf), sum(vl), sum(sf), sum(sl)
FROM parts
GROUP BY time, traffic;
