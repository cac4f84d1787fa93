-- The properties of one shape.
WHEN {{value}} THEN json_object({{other}})
