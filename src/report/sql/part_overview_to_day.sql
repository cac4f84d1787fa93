-- Whole days of the range alone: to the last.
AND d.day < CAST({{moment}} AS DATE)
