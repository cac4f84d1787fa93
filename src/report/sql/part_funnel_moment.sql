-- Time and position of an event as one number: microseconds since the year 1, then 63 bits of the position.
(CAST(time_us + 62135596800000000 AS HUGEINT) * 9223372036854775808 + position)
