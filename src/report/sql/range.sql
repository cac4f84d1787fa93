-- The first and the last day that there are events of.
SELECT min(day) AS first_day, max(day) AS last_day
FROM day_state
WHERE day >= DATE '1972-01-01' AND day <= CAST(timezone('UTC', now()) AS DATE) + 1
