-- The properties that it holds.
CREATE OR REPLACE TEMP TABLE day_properties_new AS
SELECT c.time, c.traffic, c.name, s.property, c.value, sum(c.events) AS events
FROM day_properties_counted AS c
JOIN day_properties_shapes AS s ON s.shape = c.shape AND s.column_name = {{label}}
GROUP BY ALL;
