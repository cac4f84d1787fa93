-- The flow of a unit, for its attributes.
JOIN flows_data AS d ON d.flow = w.unit
    WHERE true{{filters}}
