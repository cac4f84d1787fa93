-- A property of which a part was left out is left out.
DELETE FROM day_properties_data
WHERE day = CAST({{day}} AS DATE)
    AND property IN (SELECT property FROM day_properties_columns WHERE day = CAST({{day}} AS DATE) AND NOT summed);
