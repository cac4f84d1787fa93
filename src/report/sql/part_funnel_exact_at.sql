-- The same of a step.
CAST((at_{{k}} >> 63) - 62135596800000000 AS BIGINT) AS at_{{k}},
