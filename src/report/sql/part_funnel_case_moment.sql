-- When the last step was that was reached.
WHEN {{k}} THEN at_{{k}}
