-- The same as a column.
{{utc}} AS bucket_utc,
