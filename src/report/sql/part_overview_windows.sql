-- The buckets of moments: a zone is asked once for each, not for each event.
windows AS MATERIALIZED (
    SELECT earlier, moment, CAST({{bucket}} AS TIMESTAMP) AS begins
    FROM (SELECT DISTINCT earlier, moment FROM seen)
),
