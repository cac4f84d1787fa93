-- A later step's events.
list({{moment}}) FILTER (WHERE fits_{{k}}) AS all_{{k}},
