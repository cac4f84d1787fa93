-- Their sums go.
DELETE FROM day_hours_data WHERE day IN (SELECT day FROM days_whole);
