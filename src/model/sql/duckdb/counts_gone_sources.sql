-- How many, of whom.
SELECT source, count(*) FROM counts_gone GROUP BY source ORDER BY source;
