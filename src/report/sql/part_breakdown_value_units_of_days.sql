-- How many different ones of each day.
count(DISTINCT (f.day, f.unit)) FILTER (f.unit IS NOT NULL AND {{which}})
