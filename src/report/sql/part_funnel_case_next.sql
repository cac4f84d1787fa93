-- When the first event of the step behind it was.
WHEN {{before}} THEN at_{{k}}
