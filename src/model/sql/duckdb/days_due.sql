-- The latest day that is over, has events that were not summed up, and has been quiet, or waiting for long; of those that a version
-- before summed up without quarters of values, the latest, once no other is due.
SELECT epoch_us(CAST(day AS TIMESTAMP)), summed, events, seen
FROM day_state
WHERE (seen > summed OR (summed > 0 AND by_quarter IS NULL)) AND day >= DATE '1972-01-01' AND day < CAST({{now}} AS DATE)
    AND (last_marked <= {{quiet}} OR first_marked <= {{waited}})
ORDER BY seen <= summed, day DESC
LIMIT 1;
