-- What a report must know before it is made: the models, how far they and the tables are, from when on all flows are
-- kept, which columns there are, none with values that only some may see, and which names that were given no event has.
SELECT 'model' AS kind, model AS name, definition AS value, position AS number
FROM model_state
UNION ALL
SELECT 'store', NULL, NULL, position
FROM store_state
UNION ALL
SELECT 'fact', 'hidden', NULL, count(*)
FROM property_columns
WHERE hidden
UNION ALL
SELECT 'since', NULL, CAST(since AS VARCHAR), NULL
FROM flow_settings
WHERE since IS NOT NULL
UNION ALL
SELECT
    CASE WHEN data_type IN ('BIGINT', 'INTEGER', 'SMALLINT', 'DOUBLE') THEN 'numeric' ELSE 'column' END,
    table_name, column_name, column_index
FROM duckdb_columns()
WHERE schema_name = 'main' AND table_name IN ({{tables}})
    AND NOT (table_name = 'events' AND (column_name = 'properties'
        OR column_name IN (SELECT column_name FROM property_columns WHERE hidden)))
{{names}}
ORDER BY kind, name, number, value
