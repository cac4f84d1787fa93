-- The beginning of a bucket in UTC.
{{bucket}} - ({{local}} - {{time}})
