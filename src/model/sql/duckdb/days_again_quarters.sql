-- Their sums go.
DELETE FROM day_quarters_data WHERE day IN (SELECT day FROM days_whole);
