-- How many rows of each source a step deletes.
SELECT {{source}}, count(*)
FROM {{table}}
WHERE received < $1 AND position <= $2 AND {{whose}}
GROUP BY ALL;
