-- The events themselves.
SELECT {{time}} AS t, {{earlier}} AS earlier, {{k1}} AS k1, {{k2}} AS k2{{read}}
    FROM events AS e
    WHERE true{{conditions}}
