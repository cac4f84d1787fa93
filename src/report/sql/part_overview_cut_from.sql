-- The rest of the day that the range begins in, where it is summed up.
AND d.day = CAST({{from}} AS DATE) AND d.time >= {{from}} AND {{from}} > date_trunc('day', {{from}}){{days}}
