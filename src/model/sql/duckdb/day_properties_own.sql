-- It holds itself alone.
CREATE OR REPLACE TEMP TABLE day_properties_new AS
SELECT time, traffic, name, {{label}} AS property, value, sum(events) AS events
FROM day_properties_counted
GROUP BY ALL;
