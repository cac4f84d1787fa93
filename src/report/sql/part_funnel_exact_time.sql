-- When an event was, in microseconds since 1970.
CAST(({{event}} >> 63) - 62135596800000000 AS BIGINT)
