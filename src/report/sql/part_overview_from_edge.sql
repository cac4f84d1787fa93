-- The rest of the day that the range begins in.
AND e.time < date_trunc('day', {{from}}) + INTERVAL 1 DAY AND {{from}} > date_trunc('day', {{from}}){{days}}
