-- A day's sums do not count any more.
DELETE FROM day_properties_state WHERE day = CAST({{day}} AS DATE);
