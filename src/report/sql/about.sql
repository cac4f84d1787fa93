-- What a report must know before it is made: the models, how far they and the tables are, and which columns there are.
SELECT 'model' AS kind, model AS name, definition AS value, position AS number
FROM model_state
UNION ALL
SELECT 'store', NULL, NULL, position
FROM store_state
UNION ALL
SELECT 'column', table_name, column_name, column_index
FROM duckdb_columns()
WHERE schema_name = 'main' AND table_name IN ({{tables}})
ORDER BY kind, name, number, value
