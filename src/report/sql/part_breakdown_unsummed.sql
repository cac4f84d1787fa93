-- The events of days that are not summed up.
UNION ALL
    SELECT {{time}}, {{earlier}}, CAST({{k1}} AS VARCHAR), NULL, 1
    FROM events AS e
    WHERE true{{conditions}}
