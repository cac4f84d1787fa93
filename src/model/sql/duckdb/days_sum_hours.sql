-- What the hours come to.
INSERT INTO day_hours_new
SELECT
    CAST({{day}} AS DATE),
    date_trunc('hour', time) AS hour,
    coalesce(traffic, 'all'),
    count(*),
    count(DISTINCT visitor),
    count(DISTINCT session),
    count(*) FILTER (is_page)
FROM ({{events}})
GROUP BY GROUPING SETS ((hour, traffic), (hour));
