-- The last day of the data.
(SELECT max(day) FROM gaps WHERE measure = 0)
