-- The first day of the data.
(SELECT min(day) FROM gaps WHERE measure = 0)
