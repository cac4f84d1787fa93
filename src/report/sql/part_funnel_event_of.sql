-- The first step's event of a unit, for its columns.
JOIN events AS d ON d.position = CAST(w.first_moment & 9223372036854775807 AS BIGINT)
    WHERE true{{filters}}
