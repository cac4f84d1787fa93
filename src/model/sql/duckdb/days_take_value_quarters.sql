-- The sums of a day.
INSERT INTO day_value_quarters_data FROM day_value_quarters_new ORDER BY panel, traffic, value, time;
