-- A day that cannot be summed up waits.
UPDATE day_state SET first_marked = {{later}}, last_marked = {{later}} WHERE day = CAST({{day}} AS DATE);
