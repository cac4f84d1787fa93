-- What was summed up of a day before.
DELETE FROM day_values_data WHERE day = CAST({{day}} AS DATE) AND NOT {{added}};
