-- Whether there are counts in use: those of an older version have none.
SELECT count(*) FROM duckdb_tables() WHERE table_name = 'event_counts_fresh_data';
