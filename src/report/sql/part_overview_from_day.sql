-- Whole days of the range alone: from the first.
AND d.day >= CAST({{moment}} + to_microseconds(86399999999) AS DATE)
