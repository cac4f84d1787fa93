-- Their counts, by the dimensions that there are now.
INSERT INTO event_counts_data{{next}}
SELECT * EXCLUDE (count), CAST(sum(count) AS BIGINT)
FROM (
    SELECT
        c.* EXCLUDE (dimensions, count),
        CASE WHEN n.dimensions IS NOT NULL THEN nullif('{' || concat_ws(',', {{count_taken}}) || '}', '{}') END AS dimensions,
        c.count
    FROM (FROM event_counts_data UNION ALL SELECT * EXCLUDE (folded) FROM event_counts_fresh_data) AS c
    SEMI JOIN event_counts_kept_data{{next}} AS k ON k.time = c.time AND k.source = c.source
    LEFT JOIN event_names AS o ON o.name = c.event
    LEFT JOIN event_names{{next}} AS n ON n.name = c.event
)
GROUP BY ALL;
