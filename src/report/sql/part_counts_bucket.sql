-- The bucket, by its begin.
t.b AS bucket,
