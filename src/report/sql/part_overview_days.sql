-- Days that are not summed up.
AND e.time >= TIMESTAMP {{first}} AND e.time < TIMESTAMP {{last}} + INTERVAL 1 DAY
