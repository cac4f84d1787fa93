-- The bucket's begin in UTC.
s.u AS bucket_utc, 
