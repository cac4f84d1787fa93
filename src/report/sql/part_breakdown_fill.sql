-- Buckets in which nothing was.
UNION ALL
    SELECT DISTINCT {{bucket}}, {{utc}}, NULL, NULL, false, true, {{nothing}}, {{nothing_before}}
    FROM (
        SELECT unnest(range({{first}}, {{last}}, INTERVAL 15 MINUTE)) AS t
        UNION ALL
        SELECT {{last}} - INTERVAL 1 MICROSECOND
    ) AS a
    WHERE NOT EXISTS (
        SELECT 1 FROM summed AS s
        WHERE s.of_all AND NOT s.of_range AND s.b = {{bucket}} AND s.u IS NOT DISTINCT FROM {{utc}}
    )
