-- Sums that are not much less than the events themselves are left out.
INSERT INTO day_properties_columns
SELECT CAST({{day}} AS DATE), property, false
FROM day_properties_new
GROUP BY property
HAVING count(*) > {{few}} AND count(*) * {{fewer}} > sum(events);
