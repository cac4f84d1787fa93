-- A moment a year later, within the range: beside a 29th of February that the range begins with stands the day before, beside one it ends on the day after.
greatest({{first}}, least({{last}} - INTERVAL 1 MICROSECOND, CASE
        WHEN {{moved}} < {{first}} AND {{from_leap}} THEN {{moved}} + INTERVAL 1 DAY
        WHEN {{moved}} >= {{last}} AND {{to_leap}} THEN {{moved}} - INTERVAL 1 DAY
        ELSE {{moved}} END))
