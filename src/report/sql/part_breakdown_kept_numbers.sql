-- Of each group: the numbers' sum, and how many they are.
sum(a.number) AS total, count(a.number) AS numbers, count(*) AS events
