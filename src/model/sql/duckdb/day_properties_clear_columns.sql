-- What was known of a day's columns.
DELETE FROM day_properties_columns WHERE day = CAST({{day}} AS DATE);
