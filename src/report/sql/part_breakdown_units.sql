-- Who is counted: each once in all days, or once a day (UTC).
, {{unit}} AS unit, CASE WHEN {{unit}} IS NOT NULL THEN {{day}} END AS day
