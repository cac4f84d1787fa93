-- The begin of a bucket of days.
CAST(CAST({{at}} AS DATE) AS VARCHAR)
