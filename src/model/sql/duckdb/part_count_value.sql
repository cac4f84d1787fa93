-- A member of the object.
json_extract_string(dimensions, {{path}})
