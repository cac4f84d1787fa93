-- A quarantined event that has this value, alone or in a list.
AND (json_extract_string(q.event, {{pointer}}) = {{value}} OR (json_type(q.event, {{pointer}}) = 'ARRAY'
    AND (json_contains(json_extract(q.event, {{pointer}}), to_json({{value}})){{or_number}})))
