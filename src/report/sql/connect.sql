-- Time to connect a device, by the bucket of the flow's begin: quartiles in seconds.
SELECT
    {{bucket}} AS bucket,
    {{by}}
    CASE WHEN f.new_account THEN 'new' ELSE 'existing' END AS account,
    count(*) AS connected,
    quantile_cont(f.complete_time, 0.25) / 1000 AS seconds_25,
    quantile_cont(f.complete_time, 0.5) / 1000 AS seconds_50,
    quantile_cont(f.complete_time, 0.75) / 1000 AS seconds_75
FROM flows_data AS f
WHERE f.has_begin AND f.completed{{conditions}}
GROUP BY ALL
ORDER BY ALL
