-- The time from an earlier event, in microseconds.
 AND ({{later}} >> 63) - ({{earlier}} >> 63) <= {{us}}
