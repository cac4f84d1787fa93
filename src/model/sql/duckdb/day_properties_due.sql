-- The latest day that days.c is through with and whose hours are not summed up.
SELECT epoch_us(CAST(d.day AS TIMESTAMP)), d.seen
FROM day_state AS d
WHERE d.seen <= d.summed AND d.day >= DATE '1972-01-01' AND d.day < CAST({{now}} AS DATE)
    AND NOT EXISTS (
        FROM day_properties_state AS s
        WHERE s.day = d.day AND (s.upto >= d.seen OR s.later > {{now}}))
ORDER BY d.day DESC
LIMIT 1;
