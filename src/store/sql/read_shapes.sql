-- The shapes, each column by its number among the shared ones ($1 come before them), or -1.
SELECT
    s.shape,
    s.property,
    s.kind,
    CASE WHEN c.column_index > $1 THEN c.column_index - 1 - $1 ELSE -1 END
FROM shapes s
LEFT JOIN duckdb_columns() c ON c.table_name = 'events_data' AND c.column_name = s.column_name
ORDER BY s.shape;
