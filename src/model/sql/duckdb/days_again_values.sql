-- Their sums go.
DELETE FROM day_values_data WHERE day IN (SELECT day FROM days_whole);
