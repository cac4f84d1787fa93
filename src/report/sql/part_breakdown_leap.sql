-- Whether a moment is on a 29th of February.
(month({{local}}) = 2 AND day({{local}}) = 29)
