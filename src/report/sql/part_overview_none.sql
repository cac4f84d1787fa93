-- All days are summed up.
AND false
