-- A later step's first event, wherever it is, and how many there are.
min(time_us) FILTER (WHERE fits_{{k}}) AS at_{{k}}, count(*) FILTER (WHERE fits_{{k}}) AS times_{{k}},
