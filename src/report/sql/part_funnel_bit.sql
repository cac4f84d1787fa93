-- The bit of a name of a step.
CASE WHEN {{condition}} THEN {{bit}} ELSE 0 END
