-- Flows by the bucket of their begin: how many, how many were completed, and how long they lasted.
SELECT
    {{bucket}} AS bucket,
    {{by}}
    count(*) AS begun,
    count(*) FILTER (WHERE f.completed) AS completed,
    round(100.0 * count(*) FILTER (WHERE f.completed) / count(*), 2) AS completion_rate,
    count(*) FILTER (WHERE f.new_account) AS new_accounts,
    quantile_cont(f.duration, 0.25) / 1000 AS seconds_25,
    quantile_cont(f.duration, 0.5) / 1000 AS seconds_50,
    quantile_cont(f.duration, 0.75) / 1000 AS seconds_75
FROM flows_data AS f
WHERE f.has_begin{{conditions}}
GROUP BY ALL
ORDER BY ALL
