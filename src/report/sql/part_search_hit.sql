-- The values of one column that fit, by the shape of the row.
SELECT '{{place}}' AS place, e.shape, CAST({{value}} AS VARCHAR) AS value, count(*) AS events, min(e.time) AS first, max(e.time) AS last
    FROM {{table}} AS e
    WHERE {{condition}}{{range}}
    GROUP BY ALL
