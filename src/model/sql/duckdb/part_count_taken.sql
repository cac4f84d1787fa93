-- The value of a row that is taken over, by whatever name it has the property.
json_extract_string(c.dimensions, '$."' || o.dimensions[{{property}}] || '"')
