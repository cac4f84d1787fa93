-- The values with most units; all others are one row.
labelled AS MATERIALIZED (
    SELECT * REPLACE (nullif(part, '') AS part)
    FROM judged
),
ranked AS MATERIALIZED (
    SELECT part
    FROM labelled
    WHERE part IS NOT NULL
    GROUP BY part
    ORDER BY count(*) DESC, part
    LIMIT {{limit}}
),
shown AS NOT MATERIALIZED (
    SELECT * REPLACE (
        CASE WHEN part IS NULL THEN '(none)' WHEN part IN (SELECT part FROM ranked) THEN part ELSE '(other)' END AS part
    )
    FROM labelled
),
