-- Further rows for what was recorded earlier the same day.
UPDATE deletions
SET when_deleted = $1, before = $2, rows = rows + $3
WHERE
    table_name = $4
    AND source IS NOT DISTINCT FROM $5
    AND rule = $6
    AND reason IS NOT DISTINCT FROM $7
    AND CAST(when_deleted AS DATE) = CAST($1 AS DATE);
