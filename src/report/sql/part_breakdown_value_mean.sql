-- The numbers' mean.
sum(f.total) FILTER ({{which}}) / nullif(CAST(sum(f.numbers) FILTER ({{which}}) AS BIGINT), 0)
