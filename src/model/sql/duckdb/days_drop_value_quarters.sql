-- What was summed up of a day before.
DELETE FROM day_value_quarters_data WHERE day = CAST({{day}} AS DATE) AND NOT {{added}};
