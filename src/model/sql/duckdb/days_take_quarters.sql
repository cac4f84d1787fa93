-- The sums of a day.
INSERT INTO day_quarters_data FROM day_quarters_new ORDER BY traffic, time;
