-- What the values of one panel come to; values beyond the bound are (other) together.
INSERT INTO day_values_new
WITH counted AS (
    SELECT
        coalesce(traffic, 'all') AS traffic,
        value,
        count(*) AS events,
        count(DISTINCT visitor) AS visitors,
        count(DISTINCT session) AS sessions,
        count(*) FILTER (is_page) AS pages
    FROM ({{events}})
    GROUP BY GROUPING SETS ((traffic, value), (value))
),
placed AS (
    SELECT
        * REPLACE (CASE WHEN row_number() OVER (PARTITION BY traffic ORDER BY value IS NULL DESC, events DESC, value) > {{values_max}}
            THEN '(other)' ELSE value END AS value)
    FROM counted
)
SELECT
    CAST({{day}} AS DATE),
    traffic,
    {{panel}},
    value,
    sum(events),
    CASE WHEN value = '(other)' THEN NULL ELSE sum(visitors) END,
    CASE WHEN value = '(other)' THEN NULL ELSE sum(sessions) END,
    sum(pages)
FROM placed
GROUP BY traffic, value;
