-- The first step's event itself.
min({{moment}}) FILTER (WHERE fits_1 AND in_range) AS first_moment,
