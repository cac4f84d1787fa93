-- The same in UTC.
t.u AS bucket_utc,
