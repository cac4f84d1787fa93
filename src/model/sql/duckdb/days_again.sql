-- They are to be summed up anew.
UPDATE day_state
SET summed = 0, events = 0, partial = false, first_marked = TIMESTAMP '1970-01-01', last_marked = TIMESTAMP '1970-01-01'
WHERE day IN (SELECT day FROM days_whole);
