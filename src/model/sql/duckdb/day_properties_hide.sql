-- Properties that are hidden by now are left out of all days.
INSERT INTO day_properties_columns
SELECT s.day, p.column_name, false
FROM day_properties_state AS s, property_columns AS p
WHERE p.hidden AND NOT EXISTS (FROM day_properties_columns AS c WHERE c.day = s.day AND c.property = p.column_name);
