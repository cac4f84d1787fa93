-- What the values of one panel come to in the quarters of an hour; those that are (other) in the day are it here, too.
INSERT INTO day_value_quarters_new
WITH seen AS MATERIALIZED (
    SELECT time_bucket(INTERVAL 15 MINUTE, time) AS time, unnest([traffic, 'all']) AS traffic, value, visitor, session, is_page
    FROM ({{events}})
),
visitors AS (
    SELECT traffic, value, min(time) AS first, max(time) AS last
    FROM seen
    WHERE visitor IS NOT NULL
    GROUP BY traffic, value, visitor
),
sessions AS (
    SELECT traffic, value, min(time) AS first, max(time) AS last
    FROM seen
    WHERE session IS NOT NULL
    GROUP BY traffic, value, session
),
parts AS (
    SELECT time, traffic, value, count(*) AS events, count(*) FILTER (is_page) AS pages, 0 AS vf, 0 AS vl, 0 AS sf, 0 AS sl
    FROM seen GROUP BY ALL
    UNION ALL
    SELECT first, traffic, value, 0, 0, count(*), 0, 0, 0 FROM visitors GROUP BY ALL
    UNION ALL
    SELECT last, traffic, value, 0, 0, 0, count(*), 0, 0 FROM visitors GROUP BY ALL
    UNION ALL
    SELECT first, traffic, value, 0, 0, 0, 0, count(*), 0 FROM sessions GROUP BY ALL
    UNION ALL
    SELECT last, traffic, value, 0, 0, 0, 0, 0, count(*) FROM sessions GROUP BY ALL
),
named AS (
    SELECT p.* REPLACE (CASE WHEN d.panel IS NULL THEN '(other)' ELSE p.value END AS value)
    FROM parts AS p
    LEFT JOIN day_values_new AS d ON d.panel = {{panel}} AND d.traffic = p.traffic AND d.value IS NOT DISTINCT FROM p.value
)
SELECT CAST({{day}} AS DATE), time, traffic, {{panel}}, value, sum(events), sum(pages), sum(vf), sum(vl), sum(sf), sum(sl)
FROM named
GROUP BY time, traffic, value;
