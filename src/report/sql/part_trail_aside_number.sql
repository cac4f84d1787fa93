-- The same as a number.
OR json_contains(json_extract(q.event, {{pointer}}), {{value}})
