-- The first step's first event in the range.
min(time_us) FILTER (WHERE fits_1 AND in_range) AS at_1,
