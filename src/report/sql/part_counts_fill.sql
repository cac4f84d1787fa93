-- Every group in every bucket, without an event.
UNION ALL
    SELECT s.b, s.u, g.k1, g.k2, g.k3, g.k4, 0
    FROM (
        SELECT DISTINCT {{bucket}} AS b, {{utc}} AS u
        FROM (SELECT unnest(range({{first}}, {{last}}, INTERVAL 15 MINUTE)) AS time) AS c
    ) AS s
    CROSS JOIN (SELECT DISTINCT k1, k2, k3, k4 FROM shown) AS g
