-- Their sums go.
DELETE FROM day_value_quarters_data WHERE day IN (SELECT day FROM days_whole);
