-- The beginning of a day in a time zone, in UTC.
timezone('UTC', timezone({{zone}}, TIMESTAMP {{text}}))
