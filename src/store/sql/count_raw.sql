-- How many raw values of each source a step forgets.
SELECT source, count(*) FROM events_data WHERE {{until}} < $1 AND position <= $2 GROUP BY ALL;
