-- Nothing to compare with.
CAST(NULL AS DOUBLE)
