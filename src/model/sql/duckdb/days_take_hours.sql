-- The sums of a day.
INSERT INTO day_hours_data FROM day_hours_new ORDER BY traffic, time;
