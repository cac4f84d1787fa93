-- The pairs of one shape.
WHEN {{value}} THEN [{{other}}]
