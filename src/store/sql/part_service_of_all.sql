-- The pairs of any row where there are very many shapes: slower, but of a bounded size.
CAST([{{value}}] AS STRUCT("key" VARCHAR, "value" VARCHAR)[])
