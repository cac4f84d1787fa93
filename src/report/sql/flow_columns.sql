-- Which columns the flows (or other units) of a funnel may be grouped and filtered by.
SELECT column_name AS name, data_type AS type
FROM duckdb_columns()
WHERE schema_name = 'main' AND table_name = {{table}}
    AND column_name NOT IN ('flow', 'flow_key', 'cohort', 'begin_position', 'begin_locale', 'any_locale', 'properties')
    AND NOT (table_name = 'events' AND column_name IN (SELECT column_name FROM property_columns WHERE hidden))
ORDER BY column_index
