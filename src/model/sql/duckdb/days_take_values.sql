-- The sums of a day.
INSERT INTO day_values_data FROM day_values_new ORDER BY traffic, panel, events DESC;
