-- Hours that are summed up: all events, and of those with a value so many fewer without one.
SELECT {{time}} AS t, {{earlier}} AS earlier, {{value}} AS k1, CAST(NULL AS VARCHAR) AS k2, e.events
    FROM (
        SELECT d.day, d.time, d.traffic, d.name, d.value, d.events
        FROM day_properties_data AS d
        WHERE d.property IN ('', {{property}})
        UNION ALL
        SELECT d.day, d.time, d.traffic, d.name, NULL, -d.events
        FROM day_properties_data AS d
        WHERE d.property = {{property}}
    ) AS e
    WHERE true{{conditions}}
