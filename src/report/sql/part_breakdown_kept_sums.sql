-- Of each group: how many events.
CAST(sum(a.events) AS BIGINT) AS events
