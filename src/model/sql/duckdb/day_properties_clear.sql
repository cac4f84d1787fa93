-- What a day had before.
DELETE FROM day_properties_data WHERE day = CAST({{day}} AS DATE);
