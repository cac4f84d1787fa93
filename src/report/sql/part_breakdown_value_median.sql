-- The numbers' median.
median(f.number) FILTER ({{which}})
