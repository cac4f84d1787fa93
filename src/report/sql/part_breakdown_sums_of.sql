-- Whose events these are.
AND e.traffic = {{traffic}}
