-- How many different ones.
count(DISTINCT f.unit) FILTER ({{which}})
