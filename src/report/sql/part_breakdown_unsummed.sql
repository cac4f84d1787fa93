-- The events of days that are not summed up.
UNION ALL
    SELECT {{time}}, {{earlier}}, value_text({{k1}}), NULL, 1
    FROM events AS e
    WHERE true{{conditions}}
