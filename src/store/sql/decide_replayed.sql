-- These were accepted after all: what was kept of them is in events now, so it goes from here.
UPDATE quarantine
SET state = 'replayed', decided = $2, decided_by = $3, why = NULL, event = NULL
WHERE state <> 'replayed' AND position IN (SELECT unnest(CAST($1 AS BIGINT[])));
