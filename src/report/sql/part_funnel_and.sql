-- Between the rows of two steps.
UNION ALL
