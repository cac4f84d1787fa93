-- Days that no event was of before.
INSERT INTO day_state
SELECT n.day, n.seen, 0, 0, false, {{now}}, {{now}}, NULL
FROM days_new AS n
WHERE NOT EXISTS (FROM day_state AS d WHERE d.day = n.day);
