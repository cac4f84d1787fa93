-- How many events.
CAST(coalesce(sum(f.events) FILTER ({{which}}), 0) AS BIGINT)
