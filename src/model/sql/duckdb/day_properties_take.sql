-- The sums of one column.
INSERT INTO day_properties_data
SELECT CAST({{day}} AS DATE), time, traffic, name, property, value, events
FROM day_properties_new
WHERE property NOT IN (SELECT property FROM day_properties_columns WHERE day = CAST({{day}} AS DATE) AND NOT summed)
ORDER BY property, name, time;
