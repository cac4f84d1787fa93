-- The rows of a question as a Parquet file.
COPY (
{{question}}
) TO {{file}} (FORMAT parquet, COMPRESSION zstd);
