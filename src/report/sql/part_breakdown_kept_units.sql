-- Of each group: each of those who are counted, once.
a.unit, a.day, count(*) AS events
