-- Where the values of a column of `events` are kept, with their type (number: 1 hidden + 2 a property), and its property.
UNION ALL
SELECT 'fact', 'place {{index}}', d.place || ' ' || coalesce(c.data_type, 'VARCHAR'), d.bits
FROM (
    SELECT column_name AS place, CAST(column_name IN ('ip', 'user_agent') AS INTEGER) AS bits
    FROM duckdb_columns()
    WHERE schema_name = 'main' AND table_name = 'events_data' AND lower(column_name) = lower({{column}})
        AND column_name NOT IN ('shape', 'more_properties', 'request_text', 'request_uuid')
        AND NOT regexp_full_match(column_name, '[a-z]+_[0-9]+')
    UNION ALL
    SELECT 'request_id', 0
    WHERE lower({{column}}) = 'request_id'
    UNION ALL
    SELECT DISTINCT s.column_name, 2 + CAST(p.hidden AS INTEGER)
    FROM property_columns AS p
    JOIN shapes AS s ON s.property = p.property
    WHERE lower(p.column_name) = lower({{column}})
) AS d
LEFT JOIN duckdb_columns() AS c ON c.schema_name = 'main' AND c.table_name = 'events_data' AND c.column_name = d.place
UNION ALL
SELECT 'fact', 'property {{index}}', TRY(decode(property)), CAST(hidden AS INTEGER)
FROM property_columns
WHERE lower(column_name) = lower({{column}})
