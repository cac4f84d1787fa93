-- The time from an earlier step, in microseconds.
 AND at_{{k}} - {{earlier}} <= {{us}}
