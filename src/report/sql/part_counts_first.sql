-- The first window that begins in the range.
time_bucket(INTERVAL 15 MINUTE, {{moment}} + INTERVAL 899999999 MICROSECOND)
