-- The day that the range ends in.
AND e.time >= date_trunc('day', {{to}}) AND {{to}} > date_trunc('day', {{to}}){{days}}
