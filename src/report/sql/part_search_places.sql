-- The columns of events_data that hold what can be looked for, with their types (1: only some may see them).
UNION ALL
SELECT 'fact', 'place', column_name || ' ' || data_type, CAST(column_name IN ('ip', 'user_agent') AS INTEGER)
FROM duckdb_columns()
WHERE schema_name = 'main' AND table_name = 'events_data'
    AND column_name NOT IN ('request_text', 'request_uuid')
    AND (data_type IN ('VARCHAR', 'UUID', 'VARCHAR[]', 'UUID[]')
        OR (data_type IN ('BIGINT', 'BIGINT[]') AND regexp_full_match(column_name, '[a-z]+_[0-9]+')))
UNION ALL
SELECT 'fact', 'place', 'request_id VARCHAR', 0
