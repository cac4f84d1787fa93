-- The properties as JSON where there are very many shapes: slower, but of a bounded size.
json_object({{value}})
