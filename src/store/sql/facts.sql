-- What the database holds in memory, and what it has put on disk since that was too little, in bytes.
SELECT CAST(sum(memory_usage_bytes) AS BIGINT), CAST(sum(temporary_storage_bytes) AS BIGINT)
FROM duckdb_memory();
