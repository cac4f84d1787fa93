-- The pairs of any row: those of its shape.
CASE shape {{value}} ELSE CAST([] AS STRUCT("key" VARCHAR, "value" VARCHAR)[]) END
