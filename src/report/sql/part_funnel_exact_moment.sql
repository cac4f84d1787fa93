-- The same, of hard units.
at_1 AS first_moment,
