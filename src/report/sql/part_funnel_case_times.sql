-- How many events of that step there are.
WHEN {{before}} THEN times_{{k}}
