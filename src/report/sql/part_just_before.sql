-- The last moment before a moment.
{{moment}} - INTERVAL 1 MICROSECOND
