-- The day that the range ends in, until then, where it is summed up.
AND d.day = CAST({{to}} AS DATE) AND d.time < {{to}} AND {{to}} > date_trunc('day', {{to}}){{days}}
