-- Of each group: how many events.
count(*) AS events
