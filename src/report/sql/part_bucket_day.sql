-- The first day of a bucket.
CAST(date_trunc({{span}}, {{time}}) AS DATE)
