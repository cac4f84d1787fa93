-- Properties that are of another type, or not for everybody, are not summed up.
INSERT INTO day_properties_columns
SELECT CAST({{day}} AS DATE), column_name, false
FROM property_columns
WHERE column_name NOT IN (SELECT property FROM day_properties_shapes);
