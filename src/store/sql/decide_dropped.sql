-- A person decided that these go: their contents do, and what was wrong and why they went stays.
UPDATE quarantine
SET state = 'dropped', decided = $2, decided_by = $3, why = $4, event = NULL, errors = '[]'
WHERE state = 'waiting' AND position IN (SELECT unnest(CAST($1 AS BIGINT[])));
