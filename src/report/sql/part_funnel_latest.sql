-- When a person did a step last.
max(m.time_us) FILTER (WHERE m.fits_{{k}}) AS last_{{k}},
