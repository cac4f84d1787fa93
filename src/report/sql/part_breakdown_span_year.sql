-- A year; what ends on a 29th of February ended before the 1st of March.
INTERVAL 1 YEAR + CASE WHEN {{to_leap}} AND NOT {{from_leap}} THEN INTERVAL 1 DAY ELSE INTERVAL 0 DAY END
