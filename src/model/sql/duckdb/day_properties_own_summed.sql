-- A column of all events is summed up.
INSERT INTO day_properties_columns
SELECT CAST({{day}} AS DATE), {{label}}, true;
