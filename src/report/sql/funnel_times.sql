-- How long units took from each step of a funnel to the next one.
{{walk}}
times AS MATERIALIZED (
    FROM judged WHERE reached > 1
),
spans AS MATERIALIZED (
    {{spans}}
),
quartiles AS MATERIALIZED (
    SELECT
        step,
        quantile_cont(us, 0.25) / 1000000 AS seconds_25,
        quantile_cont(us, 0.5) / 1000000 AS seconds_50,
        quantile_cont(us, 0.75) / 1000000 AS seconds_75
    FROM spans
    GROUP BY step
),
bounds AS MATERIALIZED (
    SELECT CAST(at_least AS BIGINT) AS at_least, lead(CAST(at_least AS BIGINT)) OVER (ORDER BY at_least) AS below
    FROM (
        SELECT unnest([
            0, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 604800, 2592000
        ]) AS at_least
    )
)
SELECT s.step, s.event, q.seconds_25, q.seconds_50, q.seconds_75, b.at_least, b.below, count(*) AS units
FROM spans AS s
JOIN bounds AS b ON s.us >= b.at_least * 1000000 AND (b.below IS NULL OR s.us < b.below * 1000000)
JOIN quartiles AS q ON q.step = s.step
GROUP BY ALL
ORDER BY s.step, b.at_least
