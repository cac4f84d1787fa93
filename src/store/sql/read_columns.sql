-- The columns of events_data, in order.
SELECT column_name FROM duckdb_columns() WHERE table_name = 'events_data' ORDER BY column_index;
