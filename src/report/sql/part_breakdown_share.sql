-- Percent of the bucket's total.
round(100.0 * s.value / nullif(max(s.value) FILTER (s.of_all) OVER (PARTITION BY s.of_range, s.b, s.u), 0), 2)
