-- Each period in which somebody was active.
        FROM active
