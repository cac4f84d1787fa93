-- The properties in the order of their columns, with the place of each in event_rows.
SELECT p.property, p.column_name, p.type, p.list, p.hidden, c.column_index - 1
FROM property_columns p
LEFT JOIN duckdb_columns() c ON c.table_name = 'event_rows' AND c.column_name = p.column_name
ORDER BY c.column_index;
