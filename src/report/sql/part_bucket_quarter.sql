-- The beginning of a bucket of 15 minutes.
time_bucket(INTERVAL 15 MINUTE, {{time}})
