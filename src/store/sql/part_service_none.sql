-- The pairs of any row, where no property has a column that everyone may see.
CAST([] AS STRUCT("key" VARCHAR, "value" VARCHAR)[])
