-- The sum of the numbers.
coalesce(sum(f.total) FILTER ({{which}}), 0)
